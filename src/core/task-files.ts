/**
 * Locates task files. In the source tree a task is `src/<id>.ts`, run by tsx; in the bundle it is `dist/<id with
 * dots>.js`, a separate entry next to this module's chunk. build/bundle.mjs sets `CPM_BUNDLED`.
 */
declare const CPM_BUNDLED: boolean | undefined

const bundled = typeof CPM_BUNDLED !== 'undefined' && CPM_BUNDLED

export function taskUrl(id: string): URL {
  return bundled ? new URL(`./${bundledTaskName(id)}.js`, import.meta.url) : new URL(`../${id}.ts`, import.meta.url)
}

/** Returns the name of a task's entry in the bundle. It is flat, so that every chunk finds it in its own folder. */
export function bundledTaskName(id: string): string {
  return id.replaceAll('/', '.')
}

/** Returns the module that every worker thread loads first. */
export function workerUrl(): URL {
  return bundled ? taskUrl('core/worker') : new URL('./source-worker.mjs', import.meta.url)
}
