import path from 'node:path'
import { isRelease, type Lock } from '../../schema/lock.ts'
import type { HookEvent } from '../../schema/plugin.ts'
import type { PackageName } from '../../schema/name.ts'
import { namesIn } from '../../core/atomic-file.ts'
import { readUserFile } from '../../core/user-files.ts'
import type { InstallFollower, InstallHooks, PlannedInstall } from '../../installer/installation.ts'
import { entriesOf } from '../../installer/lock-entries.ts'
import type { Project } from '../../installer/project.ts'
import type { Store } from '../../installer/store.ts'
import { declaredLicense } from '../../package/license.ts'
import { checkPackageManifest, MAX_MANIFEST_BYTES } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Hooks } from '../../plugins/hooks.ts'

export type Described = HookEvent<'onResolve'>['packages']

/** Returns what tells the hooks of an installation; undefined if none of them has a part in it. */
export function installHooks(hooks: Hooks, project: Project, store: Store): InstallHooks | undefined {
  const names = ['onPreInstall', 'onPackageUpdate', 'onPreUninstall', 'onPostInstall', 'onPostUninstall'] as const
  if (!hooks.has('onResolve', 'onVerify', ...names)) return undefined
  return async (planned) => {
    const { root } = project
    const { dryRun } = planned
    const changes = changesIn(planned)
    const isChange = planned.changedLock || changes.packages.length > 0 || changes.removed.length > 0
    if (isChange && hooks.has('onResolve')) {
      const packages = describePackages(planned, { root, store })
      await hooks.run('onResolve', { project: root, dryRun, lockChanged: planned.changedLock, packages })
    }
    if (planned.proveAll && hooks.has('onVerify'))
      await hooks.run('onVerify', {
        project: root,
        command: 'ci',
        packages: describePackages(planned, { root, store }),
      })
    if (!dryRun) await runBefore(hooks, root, changes)
    return follower(hooks, root, changes)
  }
}

interface Changes {
  readonly packages: HookEvent<'onPreInstall'>['packages']
  readonly updates: HookEvent<'onPackageUpdate'>['packages']
  readonly removed: PackageName[]
}

function changesIn({ plan }: PlannedInstall): Changes {
  const packages = plan.placements
    .filter(({ action }) => action === 'put')
    .map(({ name, version, from }) => ({ name, version, from: from ?? null }))
  const updates = packages.filter(({ from }) => from !== null)
  return { packages, updates, removed: [...plan.removals] }
}

async function runBefore(hooks: Hooks, project: string, { packages, updates, removed }: Changes): Promise<void> {
  if (packages.length > 0) await hooks.run('onPreInstall', { project, packages })
  if (updates.length > 0) await hooks.run('onPackageUpdate', { project, packages: updates })
  if (removed.length > 0) await hooks.run('onPreUninstall', { project, packages: removed })
}

/** Required hooks run while the change can be undone; the others when the project is free again. */
function follower(hooks: Hooks, project: string, { packages, removed }: Changes): InstallFollower {
  const run = async (which: 'required' | 'optional') => {
    const mayCall = which === 'optional'
    if (packages.length > 0) await hooks.run('onPostInstall', { project, packages }, { which, mayCall })
    if (removed.length > 0) await hooks.run('onPostUninstall', { project, packages: removed }, { which, mayCall })
  }
  return { applied: () => run('required'), final: () => run('optional') }
}

/** Describes the packages of a lock. Licenses of packages that are not in the store yet are unknown. */
export function describePackages(
  { lock, before }: Pick<PlannedInstall, 'lock' | 'before'>,
  { root, store }: { root: string; store: Pick<Store, 'path'> },
): Described {
  const direct = new Set(
    Object.values(lock.roots).flatMap((each) => Object.keys({ ...each.dependencies, ...each.devDependencies })),
  )
  return entriesOf(lock.packages).map(([name, locked]) => {
    const folder = isRelease(locked) ? store.path(locked.tree) : path.resolve(root, locked.path)
    const earlier = before?.packages[name]?.version
    return {
      name,
      version: locked.version,
      from: earlier === undefined || earlier === locked.version ? null : earlier,
      license: licenseIn(folder),
      tree: isRelease(locked) ? locked.tree : null,
      direct: direct.has(name),
      dependencies: entriesOf(locked.dependencies).map(([dependency]) => dependency),
    }
  })
}

function licenseIn(folder: string): string | null {
  if (!namesIn(folder).includes(MANIFEST_FILE)) return null
  const file = path.join(folder, MANIFEST_FILE)
  const { manifest } = checkPackageManifest(file, readUserFile(file, MAX_MANIFEST_BYTES), { unknownKeys: 'tolerate' })
  return declaredLicense(manifest)
}

/** Runs `onVerify` for a lock that was just proven. */
export async function runVerifyHooks(hooks: Hooks, lock: Lock, root: string, store: Store): Promise<void> {
  const packages = describePackages({ lock, before: lock }, { root, store })
  await hooks.run('onVerify', { project: root, command: 'verify', packages }, { mayCall: true })
}
