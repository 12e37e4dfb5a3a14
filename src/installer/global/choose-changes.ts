import semver from 'semver'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { isThere, makeFolders, writeFileAtomic } from '../../core/atomic-file.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { install } from '../install.ts'
import type { InstallRequest } from '../installation.ts'
import { entriesOf } from '../lock-entries.ts'
import { lockedVersions, readLock } from '../lockfile.ts'
import { manifestWith } from '../manifest-edit.ts'
import type { Project } from '../project.ts'
import { parseProjectManifest, readProjectManifest } from '../project-manifest.ts'
import type { Selection } from '../resolve-project.ts'
import { soleRoot } from '../roots.ts'
import { resolveUpdate } from '../resolve-update.ts'
import type { RootChange } from './change-global.ts'
import { globalRoot } from './global-home.ts'
import { type GlobalParts, inRoot } from './global-parts.ts'
import { globalPackage, type GlobalPackages } from './state-file.ts'

interface ChooseOptions {
  readonly selection: Selection
  readonly dryRun: boolean
}

export interface InstallChoice extends ChooseOptions {
  readonly packages: readonly { readonly name: PackageName; readonly range: string | undefined }[]
  /** require the exact version instead of `^version` */
  readonly exact: boolean
}

/**
 * Chooses what to install. A package that is installed in a version that fits keeps it, and is checked and mended.
 * Without any names, that is done for all.
 */
export async function chooseInstall(
  parts: GlobalParts,
  installed: GlobalPackages,
  { packages, exact, ...options }: InstallChoice,
): Promise<RootChange[]> {
  const all = entriesOf(installed).map(([name]) => ({ name, range: undefined }))
  const changes: RootChange[] = []
  for (const { name, range } of packages.length > 0 ? packages : all) {
    const known = globalPackage(installed, name)
    const fits = known && (range === undefined || semver.satisfies(known.version, range))
    if (fits && isRoot(globalRoot(parts.home, name, known.version))) {
      const change = { type: 'add', section: 'dependencies', packages: [{ name, range }], exact } as const
      const request = { proveAll: true, ...(range !== undefined && { change }) }
      changes.push(inPlace(parts, { operation: 'install', name, version: known.version }, { ...options, request }))
    } else {
      const asked = range ?? (fits ? known.version : '*')
      const to = await newestOf(parts, name, asked, options)
      const requirement = range ?? `${exact ? '' : '^'}${to}`
      changes.push(
        newRoot(parts, { operation: 'install', name, from: known?.version, to }, { ...options, requirement }),
      )
    }
  }
  return changes
}

export interface UpdateChoice extends ChooseOptions {
  /** by default all */
  readonly names: readonly PackageName[]
  /** ignore the ranges that were asked for, and change them */
  readonly latest: boolean
}

/** Chooses the newest versions within the ranges that were asked for, also of dependencies. */
export async function chooseUpdate(
  parts: GlobalParts,
  installed: GlobalPackages,
  { names, latest, ...options }: UpdateChoice,
): Promise<RootChange[]> {
  const changes: RootChange[] = []
  for (const name of names.length > 0 ? new Set(names) : entriesOf(installed).map(([known]) => known)) {
    const from = requireGlobal(installed, name).version
    const project = globalRoot(parts.home, name, from)
    const isWhole = isRoot(project)
    const requirement = isWhole ? requirementIn(project, name) : `^${from}`
    const to = await newestOf(parts, name, latest ? '*' : requirement, {
      ...options,
      ...(isWhole && { before: project }),
    })
    const change = { operation: 'update', name, from, to } as const
    if (to === from && isWhole)
      changes.push(inPlace(parts, { ...change, version: to }, { ...options, request: { mayUpgrade: 'all' } }))
    else changes.push(newRoot(parts, change, { ...options, requirement: latest ? `^${to}` : requirement }))
  }
  return changes
}

export function chooseUninstall(installed: GlobalPackages, names: readonly PackageName[]): RootChange[] {
  return [...new Set(names)].map((name) => {
    const from = requireGlobal(installed, name).version
    const install = () => Promise.reject(new Error('nothing is installed'))
    return { operation: 'uninstall', name, from, to: undefined, isNew: false, install }
  })
}

/** @throws CpmError PACKAGE_NOT_FOUND */
export function requireGlobal(installed: GlobalPackages, name: PackageName) {
  const known = globalPackage(installed, name)
  if (known) return known
  const others = Object.keys(installed)
  throw new CpmError('PACKAGE_NOT_FOUND', `${name} is not installed globally${didYouMean(name, others)}`, {
    hint: others.length > 0 ? 'cpm list -g' : `cpm install -g ${name}`,
  })
}

/** Returns the range that was asked for. */
function requirementIn(project: Project, name: PackageName): string {
  const { dependencies } = readProjectManifest(project).manifest
  return dependencies.find((dependency) => dependency.name === name)?.requirement ?? '*'
}

function isRoot({ manifestFile, lockFile }: Project): boolean {
  return isThere(manifestFile) && isThere(lockFile)
}

function inPlace(
  parts: GlobalParts,
  { operation, name, version }: { operation: RootChange['operation']; name: PackageName; version: Version },
  { selection, dryRun, request }: ChooseOptions & { request: InstallRequest },
): RootChange {
  return {
    operation,
    name,
    from: version,
    to: version,
    isNew: false,
    install: (project) => install(inRoot(parts, project), { selection, dryRun, ...request }),
  }
}

function newRoot(
  parts: GlobalParts,
  change: Pick<RootChange, 'operation' | 'name' | 'from' | 'to'>,
  { selection, dryRun, requirement }: ChooseOptions & { requirement: string },
): RootChange {
  return {
    ...change,
    isNew: true,
    install: async (project) => {
      makeFolders(project.root)
      const text = manifestWith(change.name, requirement)
      writeFileAtomic(project.manifestFile, text, { temporary: parts.staging.temporary() })
      return await install(inRoot(parts, project), { selection, dryRun })
    },
  }
}

/** Chooses a version together with its dependencies, as the installation then does. */
async function newestOf(
  parts: GlobalParts,
  name: PackageName,
  range: string,
  { selection, before }: { selection: Selection; before?: Project },
): Promise<Version> {
  const { source, cpmVersion, signal } = parts.installation
  const { solution } = await resolveUpdate(soleRoot(parseProjectManifest(manifestWith(name, range))), {
    root: parts.home.packages,
    locked: before ? lockedVersions(readLock(before.lockFile)) : new Map(),
    mayUpgrade: () => true,
    source,
    cpmVersion,
    selection,
    // The installation resolves it again, and reports that.
    emit: () => undefined,
    signal,
  })
  const chosen = solution.packages.get(name)
  if (!chosen) throw new Error(`the solution does not include ${name}`)
  return chosen.version
}
