import path from 'node:path'
import semver from 'semver'
import { digestHex } from '../../schema/digest.ts'
import { bareName, type PackageName } from '../../schema/name.ts'
import { isVersion, type Version } from '../../schema/version.ts'
import { isThere, makeFolders, namesIn, writeFileAtomic } from '../../core/atomic-file.ts'
import { blake3 } from '../../core/blake3.ts'
import { CpmError } from '../../core/errors.ts'
import type { PackageDocument } from '../../core/ports.ts'
import { install } from '../../installer/install.ts'
import type { Installation } from '../../installer/installation.ts'
import { manifestWith } from '../../installer/manifest-edit.ts'
import { settingsFolder } from '../../installer/find-project.ts'
import { type Project, projectAt } from '../../installer/project.ts'
import { parseProjectManifest } from '../../installer/project-manifest.ts'
import { resolveProject } from '../../installer/resolve-project.ts'
import { soleRoot } from '../../installer/roots.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import { versionList } from '../../resolver/range-text.ts'
import type { Session } from '../session.ts'
import { createInstallation } from '../project/installation.ts'

/** A package to run outside any project. */
export interface WantedPackage {
  readonly name: PackageName
  /** the versions allowed; without it, the newest on this machine, otherwise the newest published */
  readonly range: string | undefined
}

interface OpenOptions {
  /** `--registry` */
  registry: string | undefined
  /** the version that the current project locks, if it is not one of those allowed */
  locked: Version | undefined
  /** fetch missing packages without asking */
  yes: boolean
}

/** A package installed in a separate folder that cpm keeps for it. */
export interface Environment {
  readonly project: Project
  /** where the version came from, in words */
  readonly from: string
}

/**
 * Installs a release and its dependencies in a separate folder below `$CPM_HOME/environments`. Its lock is made once,
 * so the release always runs with the same versions and needs no registry again. Every file is proven each time.
 * @throws CpmError PACKAGE_NOT_FOUND, NO_SOLUTION and the errors of an installation
 */
export async function openEnvironment(
  session: Session,
  wanted: WantedPackage,
  { registry, locked, yes }: OpenOptions,
): Promise<Environment> {
  // The current project decides which registry a name belongs to, as it does for `cpm install`.
  const settings = await session.config(settingsFolder(session.cwd))
  const { environments } = session.home(settings)
  const open = (project: Project) => createInstallation(session, project, { registry }, { settings })
  const { source } = await open(projectAt(environments))
  const place = source.placeOf(wanted.name)
  const folder = path.join(environments, digestHex(blake3(`${place}\n${wanted.name}`)).slice(0, 16))
  const here = wantedHere(folder, wanted)
  const version = here ?? (await newest(await open(projectAt(folder)), wanted, { place, locked }))
  const project = projectAt(path.join(folder, version))
  if (!isLocked(project)) {
    const release = `${wanted.name}@${version}`
    // Without a terminal the answer is yes: the user typed the command.
    const question = `${release} is not on this machine. Fetch it from ${place}?`
    if (!yes && session.prompts && !(await session.prompts.confirm(question)))
      throw new CpmError('PACKAGE_NOT_FOUND', `${release} is not on this machine`, { hint: `cpm install ${release}` })
    session.emit({ type: 'fetching', name: wanted.name, version, place })
    makeFolders(project.root)
    writeFileAtomic(project.manifestFile, manifestWith(wanted.name, version))
  }
  await install(await open(project), { proveAll: true })
  const newestOf = wanted.range === undefined ? 'newest version' : `newest version within ${wanted.range}`
  return { project, from: here === undefined ? `${newestOf} in ${place}, proven` : 'already fetched, proven' }
}

/** Returns the version on this machine. A range asks for the newest release, unless it is one exact version. */
function wantedHere(folder: string, { range }: WantedPackage): Version | undefined {
  const here = namesIn(folder).filter(isVersion)
  const locked = here.filter((version) => isLocked(projectAt(path.join(folder, version))))
  if (range !== undefined) return locked.find((version) => version === range)
  return locked.sort(semver.rcompare)[0]
}

function isLocked({ lockFile }: Project): boolean {
  return isThere(lockFile)
}

/** Where versions of a package are. */
type Places = Pick<OpenOptions, 'locked'> & { readonly place: string }

/** Returns the newest version whose dependencies can be resolved. */
async function newest(installation: Installation, wanted: WantedPackage, { place, locked }: Places): Promise<Version> {
  const { name, range } = wanted
  const { source, cpmVersion, emit, signal, project } = installation
  const notHere =
    locked === undefined
      ? `${name} is neither installed nor a folder with a ${MANIFEST_FILE}`
      : `${name} is installed as ${locked}, which does not match ${range ?? '*'}`
  const documents = await source.read([name]).catch((error: unknown) => {
    throw isRegistryError(error) ? registryError(error, wanted, { notHere, locked }) : error
  })
  const known = documents.get(name)
  if (!known) {
    const near = await source.nearName?.(name)
    const meant = near === undefined ? '' : `; did you mean ${near}?`
    throw new CpmError('PACKAGE_NOT_FOUND', `${notHere}, and is not in ${place}${meant}`, {
      hint: near === undefined ? 'cpm search' : `cpm info ${near}`,
    })
  }
  requireVersion(known, wanted, { place, locked })
  const manifest = parseProjectManifest(manifestWith(name, range ?? '*'))
  const options = { root: project.root, locked: new Map(), source, cpmVersion, emit, signal }
  const { solution } = await resolveProject(soleRoot(manifest), options)
  const chosen = solution.packages.get(name)
  if (!chosen) throw new Error(`the solution does not include ${name}`)
  return chosen.version
}

function isRegistryError(error: unknown): error is CpmError {
  return error instanceof CpmError && error.code === 'REGISTRY_INVALID'
}

/** Says that the package is not on this machine, which explains why cpm looked in a registry. */
function registryError(
  error: CpmError,
  { name, range }: WantedPackage,
  { notHere, locked }: { notHere: string; locked: Version | undefined },
): CpmError {
  const { code, message, hint, details } = error
  // Without a version, a name is more often misspelt or not created yet than in a registry.
  if (details.isDefaultMissing === true && locked === undefined && range === undefined)
    return new CpmError('PACKAGE_NOT_FOUND', `${notHere}, and no registry is configured`, {
      hint: `cpm init ${bareName(name)} creates it here; --registry or CPM_REGISTRY looks in a registry`,
      cause: error,
    })
  return new CpmError(code, `${notHere}, and ${message}`, { hint, details, cause: error })
}

/** @throws CpmError PACKAGE_NOT_FOUND with the published versions, if none of them is in the range */
function requireVersion(
  { candidates }: PackageDocument,
  { name, range = '*' }: WantedPackage,
  { place, locked }: Places,
): void {
  const versions = candidates.map(({ version }) => version).sort(semver.compare)
  // The resolver explains why a version in the range can't be used.
  if (versions.some((version) => semver.satisfies(version, range, { includePrerelease: true }))) return
  const last = semver.maxSatisfying(versions, '*') ?? versions.at(-1)
  const installed = locked === undefined ? '' : `colony.lock has ${locked}, `
  throw new CpmError(
    'PACKAGE_NOT_FOUND',
    `no version of ${name} matches ${range}; ${installed}${place} has ${last === undefined ? 'none' : versionList(versions)}`,
    {
      hint: last === undefined ? 'cpm search' : `use ${name}@${locked ?? last} instead`,
      details: { name, range, versions },
    },
  )
}
