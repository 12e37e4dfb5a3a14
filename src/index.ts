/** The library: cpm for programs (docs/library.md). */
import { EnvironmentVariables, processEnvironment } from './core/environment-variables.ts'
import { CpmError } from './core/errors.ts'
import { cpmVersion } from './core/version.ts'
import { createSession, type Session } from './operations/session.ts'
import { isPackageName, type PackageName } from './schema/name.ts'
import type { CpmEvent } from './schema/events.ts'

export interface OpenSessionOptions {
  /** the folder of the project, against which relative paths are resolved; by default the working folder */
  cwd?: string | undefined
  /** environment variables; by default those of the process */
  env?: Readonly<Record<string, string | undefined>> | undefined
  /** called for every event */
  emit?: ((event: CpmEvent) => void) | undefined
  /** stops the work when aborted */
  signal?: AbortSignal | undefined
}

/**
 * Opens a session, which every operation needs. It holds threads and connections, so close it with `session.end()` or
 * `await using`.
 */
export function openSession(options: OpenSessionOptions = {}): Session & AsyncDisposable {
  const session = createSession({
    cwd: options.cwd ?? process.cwd(),
    env: options.env ? new EnvironmentVariables(options.env) : processEnvironment,
    emit: options.emit ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    cpmVersion: cpmVersion(),
  })
  return { ...session, [Symbol.asyncDispose]: () => session.end() }
}

/** Checks the name of a package. @throws CpmError USAGE */
export function packageName(text: string): PackageName {
  if (isPackageName(text)) return text
  throw new CpmError('USAGE', `${JSON.stringify(text)} is not a package name`)
}

export { CpmError }
export type { Session, PackageName, CpmEvent }
export type { ErrorCode } from './schema/errors.ts'

export { init, type InitOptions, type InitResult } from './operations/packages/init.ts'
export { validate, type ValidateOptions, type ValidateResult } from './operations/packages/validate.ts'
export { pack, type PackOptions, type PackResult } from './operations/packages/pack.ts'
export { publish, type PublishOptions, type PublishResult } from './operations/packages/publish.ts'
export { publishWorkspace, type PublishWorkspaceOptions } from './operations/packages/publish-workspace.ts'
export { render, type RenderOptions, type RenderResult } from './operations/packages/render.ts'
export { test, type TestOptions } from './operations/packages/test-package.ts'

export { install, installLocked, type InstallOptions } from './operations/project/install.ts'
export type { InstallResult } from './operations/project/install-result.ts'
export { update, type UpdateOptions, type UpdateResult } from './operations/project/update.ts'
export { uninstall, type UninstallOptions } from './operations/project/uninstall.ts'
export { installGlobally, type InstallGloballyOptions } from './operations/global/install.ts'
export { updateGlobally, type UpdateGloballyOptions } from './operations/global/update.ts'
export { uninstallGlobally, type UninstallGloballyOptions } from './operations/global/uninstall.ts'
export type { GlobalResult, GlobalRootResult } from './operations/global/change.ts'
export { listGlobal, type ListGlobalOptions } from './operations/global/list.ts'
export { verifyGlobal } from './operations/global/verify.ts'
export { whyGlobal } from './operations/global/why.ts'
export { treeGlobal } from './operations/global/tree.ts'
export { globalPath } from './operations/global/path.ts'

export { verify, type VerifyOptions } from './operations/project/verify.ts'
export { list, type ListOptions } from './operations/project/list.ts'
export { outdated, type OutdatedOptions } from './operations/project/outdated.ts'
export { getSetting, listSettings, setSetting, type Setting } from './operations/settings.ts'
export { diff, type Diff, type DiffOptions } from './operations/packages/diff.ts'
export { licenses, type PackageLicense } from './operations/project/licenses.ts'
export { audit, type Audit, type AuditFinding, type AuditOptions } from './operations/project/audit.ts'
export { checkPolicy, type CheckPolicyOptions, type PolicyCheck } from './operations/project/check-policy.ts'
export { showPolicy, type PolicyInForce } from './operations/policy/show-policy.ts'
export { sbom, type SbomOptions } from './operations/project/sbom.ts'
export { tree, type Tree, type TreeOptions } from './operations/project/tree.ts'
export { why, type WhyOptions } from './operations/project/why.ts'
export { whyNot, type WhyNotOptions } from './operations/project/why-not.ts'
export { packagePath } from './operations/packages/package-path.ts'
export { resolve, type ResolveOptions } from './operations/project/resolve.ts'

export { type Diagnosis, doctor, type DoctorOptions } from './operations/doctor/doctor.ts'
export { bugReport, type BugReportOptions } from './operations/doctor/bug-report.ts'
export type { Finding } from './operations/doctor/finding.ts'

export { gc, type GcOptions } from './operations/store/gc.ts'
export { cacheFolder, cacheSize, cleanCache, type CleanCacheOptions } from './operations/store/cache.ts'
export { verifyStore, type VerifyStoreOptions } from './operations/store/verify-store.ts'

export { listPlugins, pluginInfo } from './operations/plugins/list-plugins.ts'
export { addPlugin, type AddPluginOptions } from './operations/plugins/add-plugin.ts'
export { disablePlugin, enablePlugin, removePlugin } from './operations/plugins/change-plugins.ts'

export { search, type SearchOptions } from './operations/registries/search.ts'
export { info, type InfoOptions } from './operations/registries/info.ts'
export {
  deprecate,
  type DeprecateOptions,
  unyank,
  yank,
  type YankOptions,
} from './operations/registries/change-status.ts'
export { login, type LoginOptions, type LoginResult } from './operations/registries/login.ts'
export { logout } from './operations/registries/logout.ts'
export { whoami } from './operations/registries/whoami.ts'
export { listOwners, type ListOwnersOptions } from './operations/registries/list-owners.ts'
export { addOwners, type ChangeOwnersOptions, removeOwners } from './operations/registries/change-owners.ts'
export { distrustKey, exportKey, generateKey, listKeys, trustKey } from './operations/registries/keys.ts'

export { submit, type SubmitOptions } from './operations/runs/submit.ts'
export { retryRun } from './operations/runs/retry-run.ts'
export { cancelRun, type CancelOptions } from './operations/runs/cancel-run.ts'
export { removeRuns, type RemoveOptions } from './operations/runs/remove-runs.ts'
export { listRuns, type ListRunsOptions, type RunList } from './operations/runs/list-runs.ts'
export { getRun, type SeenRun } from './operations/runs/get-run.ts'
export { waitForRun, type WaitOptions } from './operations/runs/wait-for-run.ts'
