/**
 * The one place that knows where task files are. From source a task is `src/<id>.ts`, run by tsx; in the bundle it is
 * `dist/<id with dots>.js`, an entry of its own beside this module's chunk. `CPM_BUNDLED` is set by build/bundle.mjs.
 */
declare const CPM_BUNDLED: boolean | undefined

const bundled = typeof CPM_BUNDLED !== 'undefined' && CPM_BUNDLED

export function taskUrl(id: string): URL {
  return bundled ? new URL(`./${bundledTaskName(id)}.js`, import.meta.url) : new URL(`../${id}.ts`, import.meta.url)
}

/** The name of a task's entry in the bundle, flat so that every chunk finds it beside itself. */
export function bundledTaskName(id: string): string {
  return id.replaceAll('/', '.')
}

/** The module that every worker thread starts with. */
export function workerUrl(): URL {
  return bundled ? taskUrl('core/worker') : new URL('./source-worker.mjs', import.meta.url)
}
