import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { changeGlobal, type ChangedRoot, type RootChange } from '../../installer/global/change-global.ts'
import { planGlobal } from '../../installer/global/dry-run.ts'
import type { GlobalParts } from '../../installer/global/global-parts.ts'
import { globalPackage, type GlobalPackages } from '../../installer/global/state-file.ts'
import { type InstallResult, installResult } from '../project/install-result.ts'
import type { Session } from '../session.ts'

/** What an operation did, or would do, with a global package. */
export interface GlobalRootResult {
  readonly name: PackageName
  /** the version before; null if it was not installed */
  readonly from: Version | null
  /** the version now; null if it was uninstalled */
  readonly version: Version | null
  /** the folder of its root; null if there is none, or none yet */
  readonly path: string | null
  readonly executables: readonly string[]
  /** what happened to it and its dependencies; null if it was uninstalled */
  readonly installed: InstallResult | null
}

export interface GlobalResult {
  readonly dryRun: boolean
  readonly roots: readonly GlobalRootResult[]
  /** the folder with links to executables */
  readonly bin: string
}

/** Applies or plans a change of global packages. Says so if the user's shell would not find their executables. */
export async function applyGlobal(
  session: Session,
  parts: GlobalParts,
  { dryRun, choose }: { dryRun: boolean; choose: (packages: GlobalPackages) => Promise<readonly RootChange[]> },
): Promise<GlobalResult> {
  const { bin } = parts.home
  if (dryRun) return { dryRun, bin, roots: (await planGlobal(parts, choose)).map((root) => resultOf(root, {})) }
  const { state, roots } = await changeGlobal(parts, choose)
  const results = roots.map((root) => resultOf(root, state.packages))
  if (results.some(({ from, version, executables }) => from !== version && executables.length > 0))
    warnUnlessOnPath(session, bin)
  return { dryRun, bin, roots: results }
}

function resultOf({ name, from, to, report }: ChangedRoot, packages: GlobalPackages): GlobalRootResult {
  const now = globalPackage(packages, name)
  return {
    name,
    from: from ?? null,
    version: to ?? null,
    path: now?.path ?? null,
    executables: now?.executables ?? [],
    installed: report ? installResult(report) : null,
  }
}

function warnUnlessOnPath({ env, emit }: Session, bin: string): void {
  if ((env.get('PATH') ?? '').split(':').includes(bin)) return
  emit({
    type: 'warning',
    code: 'BIN_NOT_ON_PATH',
    message: `${bin} is not on your PATH, so your shell does not find the executables in it`,
    hint: `export PATH="${bin}:$PATH"`,
  })
}
