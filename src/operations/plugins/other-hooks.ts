import type { EngineName } from '../../engines/runs/snapshot.ts'
import type { NamedSource } from '../../package/prepare-upload.ts'
import type { FoundPackage } from '../packages/find-package.ts'
import type { Session } from '../session.ts'

/** Runs `onPrePublish`. @throws CpmError HOOK_REFUSED, HOOK_FAILED */
export async function runPublishHooks(
  session: Session,
  sources: readonly NamedSource[],
  registry: string,
): Promise<void> {
  const hooks = await session.hooks()
  if (hooks?.has('onPrePublish') !== true) return
  const packages = sources.map(({ name, manifest: { version }, source }) => ({ name, version, source }))
  await hooks.run('onPrePublish', { registry, packages })
}

interface Rendered {
  /** the file of the workflow */
  readonly workflow: string
  readonly spec: unknown
}

/** Runs `onRender`. @throws CpmError HOOK_REFUSED, HOOK_FAILED */
export async function runRenderHooks(session: Session, found: FoundPackage, rendered: Rendered): Promise<void> {
  const hooks = await session.hooks()
  if (hooks?.has('onRender') === true) await hooks.run('onRender', { package: identityOf(found), ...rendered })
}

/** Runs `onRender`, then `onSubmit`. @throws CpmError HOOK_REFUSED, HOOK_FAILED */
export async function runSubmitHooks(
  session: Session,
  found: FoundPackage,
  { engine, ...rendered }: Rendered & { readonly engine: EngineName },
): Promise<void> {
  await runRenderHooks(session, found, rendered)
  const hooks = await session.hooks()
  if (hooks?.has('onSubmit') === true) await hooks.run('onSubmit', { package: identityOf(found), engine, ...rendered })
}

function identityOf({ manifest: { name, version } }: FoundPackage) {
  return { name, version }
}
