import type { CpmEvent } from '../../schema/events.ts'
import type { PackageName } from '../../schema/name.ts'
import { install as applyInstall } from '../../installer/install.ts'
import type { ManifestChange } from '../../installer/manifest-change.ts'
import { switchFromEnv } from '../../core/config.ts'
import { shellWord } from '../../core/shell-word.ts'
import { parseNamesAndRanges } from '../registries/release-argument.ts'
import { isCi, type Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type InstallResult, installResult } from './install-result.ts'
import { type FilterFlags, requireOwnScope } from './scope.ts'
import { readSelection, type SelectionFlags } from './selection.ts'

export interface InstallOptions extends InstallationFlags, SelectionFlags, FilterFlags {
  /**
   * packages to add, as `name` or `name@range`; without any, installs the dependencies of the project, or of all members
   * of its workspace
   */
  names?: readonly string[]
  /** add to devDependencies */
  dev?: boolean
  /** add the exact version instead of `^version` */
  exact?: boolean
  /** fail if colony.lock would change; true by default in CI when nothing is added */
  frozen?: boolean | undefined
  /** plan without changing anything */
  dryRun?: boolean
}

/**
 * Installs the dependencies of the project in the session's folder and adds packages to it. Resolves, proves and
 * unpacks them, then changes colony.yaml, colony.lock and colony_packages together.
 * @throws CpmError NO_SOLUTION, LOCK_OUTDATED (frozen), DIGEST_MISMATCH, POLICY_REFUSED, REGISTRY_UNREACHABLE and
 * others (docs/errors.md)
 */
export async function install(session: Session, options: InstallOptions = {}): Promise<InstallResult> {
  const { names = [], dev = false, exact = false, frozen, dryRun = false, ...flags } = options
  const packages = parseNamesAndRanges(names)
  const change: ManifestChange | undefined =
    packages.length === 0
      ? undefined
      : { type: 'add', section: dev ? 'devDependencies' : 'dependencies', packages, exact }
  const globally = names.length === 0 ? undefined : `cpm install -g ${names.map(shellWord).join(' ')}`
  const { project, members, here, filtered } = requireOwnScope(session, flags, globally)
  const installation = await createInstallation(session, project, flags, { members })
  const request = {
    changeIn: filtered ?? [here],
    installIn: change === undefined ? filtered : undefined,
    dryRun,
    frozen: frozen ?? (isCi(session.env) && packages.length === 0),
    selection: readSelection(session.cwd, flags),
    change,
  }
  const result = installResult(await applyInstall(installation, request))
  for (const { name, range } of packages) {
    const version = result.packages.find((one) => one.name === name)?.version
    if (range === '*' && version !== undefined) session.emit(takesAny(name, version))
  }
  return result
}

function takesAny(name: PackageName, version: string): CpmEvent {
  return {
    type: 'warning',
    code: 'RANGE_OPEN',
    message: `${name}: '*' in colony.yaml allows every later version, even one that breaks this project`,
    hint: `cpm install ${name}@^${version}`,
  }
}

export interface InstallLockedOptions extends InstallationFlags, FilterFlags {
  /**
   * read every installed file, also those that were not written since they were last proven; by default CPM_PROVE or
   * `security.prove` in the user's settings
   */
  prove?: boolean | undefined
}

/**
 * Installs exactly what colony.lock says, and proves it, including packages that are already installed: their signatures,
 * and their contents unless the file system says that nothing was written since they were last proven (docs/trust.md).
 * @throws the errors of `install`
 */
export async function installLocked(session: Session, options: InstallLockedOptions = {}): Promise<InstallResult> {
  const { prove, ...flags } = options
  const { project, members, filtered } = requireOwnScope(session, flags)
  const config = await session.config(project.root)
  const rereadAll = prove ?? switchFromEnv(session.env, 'CPM_PROVE') ?? config.security?.prove ?? false
  const created = await createInstallation(session, project, flags, { settings: config, members })
  // What counts with --prove or --no-prove says nothing about the settings.
  const installation = prove === undefined ? created : { ...created, noteUndisturbed: () => undefined }
  return installResult(
    await applyInstall(installation, { frozen: true, proveAll: true, rereadAll, installIn: filtered }),
  )
}
