import type { Version } from '../../schema/version.ts'
import { projectAt } from '../project.ts'
import type { ChangedRoot, RootChange } from './change-global.ts'
import { globalRoot } from './global-home.ts'
import type { GlobalParts } from './global-parts.ts'
import { type GlobalPackages, readGlobalState } from './state-file.ts'

/** Returns what a change would do. New roots are planned in a temporary folder. */
export async function planGlobal(
  parts: GlobalParts,
  choose: (packages: GlobalPackages) => Promise<readonly RootChange[]>,
): Promise<ChangedRoot[]> {
  const { home, staging, installation } = parts
  try {
    const roots: ChangedRoot[] = []
    for (const { install, isNew, ...change } of await choose(readGlobalState(home.state).packages)) {
      const { name, to } = change
      const rootOf = (version: Version) => (isNew ? projectAt(staging.temporary()) : globalRoot(home, name, version))
      roots.push({ ...change, report: to === undefined ? undefined : await install(rootOf(to)) })
    }
    return roots
  } finally {
    staging.sweep()
    installation.sweep()
  }
}
