import path from 'node:path'
import { type Advisory, SEVERITIES, type Severity } from '../../schema/advisory.ts'
import type { Lock, LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { rootFolder } from '../../installer/find-project.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { releasesOf } from '../../installer/lock-entries.ts'
import { keyOf } from '../../installer/places.ts'
import { tellUnasked } from '../../installer/status-warnings.ts'
import { readTrust } from '../../installer/trust-file.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import { Advisories } from '../../policy/advisories.ts'
import type { PolicyFinding } from '../../policy/finding.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { readAdvisories } from './advisory-files.ts'
import { auditOwners } from './audit-owners.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { lookAt } from './look-at.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

export interface AuditOptions extends Pick<InstallationFlags, 'registry' | 'offline' | 'lockTimeout'>, FilterFlags {
  /** files or folders with advisories in the OSV format, besides those in `security.advisories` */
  advisories?: readonly string[]
  /** leave out what is less severe */
  level?: Severity
}

export interface AuditFinding {
  readonly name: PackageName
  readonly version: Version
  readonly severity: Severity
  /** an error code, `SIGNER_REMOVED`, or the id of an advisory */
  readonly id: string
  readonly source: 'owners' | 'policy' | 'advisory'
  readonly message: string
  /** other ids of an advisory */
  readonly aliases: readonly string[]
  /** one thing to type, if something helps */
  readonly hint: string | null
}

export interface Audit {
  /** releases that were looked at */
  readonly packages: number
  /** advisories that were read */
  readonly advisories: number
  /** the most severe ones first */
  readonly findings: readonly AuditFinding[]
  /** what a waiver allows */
  readonly waived: readonly PolicyFinding[]
  /** packages that are not on this machine, so that their license is unknown */
  readonly unread: readonly PackageName[]
}

/**
 * Looks for problems with the packages in colony.lock, whether or not they are installed: changed owners, removed or
 * distrusted keys, yanked and deprecated versions, advisories, and what the policy says.
 * @throws CpmError LOCK_OUTDATED, REGISTRY_UNREACHABLE, ADVISORIES_INVALID and others
 */
export async function audit(session: Session, options: AuditOptions = {}): Promise<Audit> {
  const { advisories: places = [], level = 'low', ...flags } = options
  const scope = requireScope(session, flags)
  const { project } = scope
  const settings = await session.config(rootFolder(project))
  const home = withLentHome(session).home(settings)
  const advisories = readAdvisories([
    ...(settings.security?.advisories ?? []).map((place) => path.resolve(home.root, place)),
    ...places.map((place) => path.resolve(session.cwd, place)),
  ])
  const keys = selectedIn(scope).map(keyOf)
  const lock = await lookAt(session, project, () => partOf(requireLock(project.lockFile), keys), flags.lockTimeout)
  const parts = await createInstallation(withLentHome(session), project, flags, { settings })
  try {
    const ofOwners = await findOwners(lock, parts)
    const news = await parts.source.newsOf(releasesOf(lock).map(([name, { version }]) => ({ name, version })))
    tellUnasked(news, session.emit)
    const folderOf = ({ tree }: LockedRelease) => (parts.store.has(tree) ? parts.store.path(tree) : undefined)
    const ofPolicy = [
      ...(await parts.gate.findingsIn(lock, news)),
      ...(await parts.gate.findingsInManifests(lock, folderOf)),
    ]
    const all = [
      ...ofOwners,
      ...ofPolicy.filter(({ waiver }) => !waiver).map(fromPolicy),
      ...findAdvisories(lock, advisories),
    ]
    const layers = await parts.gate.layers()
    const asksLicenses = layers.some(({ policy }) => policy.licenses !== undefined)
    return {
      packages: releasesOf(lock).length,
      advisories: advisories.length,
      findings: all.filter(({ severity }) => rank(severity) >= rank(level)).sort(bySeverity),
      waived: ofPolicy.filter(({ waiver }) => waiver),
      unread: asksLicenses
        ? releasesOf(lock).flatMap(([name, locked]) => (folderOf(locked) === undefined ? [name] : []))
        : [],
    }
  } finally {
    parts.sweep()
  }
}

type Parts = Awaited<ReturnType<typeof createInstallation>>

/** @throws CpmError if a registry can't be reached: then nobody knows whether something is wrong */
async function findOwners(lock: Lock, { source, home }: Parts): Promise<AuditFinding[]> {
  const distrusted = new Set(readTrust(home.trust).distrusted.map(({ key }) => key))
  const releases: [PackageName, LockedRelease][] = []
  const findings: AuditFinding[] = []
  for (const [name, locked] of releasesOf(lock)) {
    if ((await source.registryOf(name)) === locked.registry) releases.push([name, locked])
    else findings.push(ofAnotherRegistry(name, locked))
  }
  const offers = await source.offers(releases.map(([name, { version }]) => ({ name, version })))
  const owners = releases.flatMap(([name, locked], index) =>
    auditOwners(name, locked, { offer: offers[index], distrusted }).map(
      ({ code, severity, message, hint = null }): AuditFinding => {
        return { name, version: locked.version, severity, id: code, source: 'owners', message, aliases: [], hint }
      },
    ),
  )
  return [...findings, ...owners]
}

function ofAnotherRegistry(name: PackageName, { version, registry }: LockedRelease): AuditFinding {
  const message = `it is locked from the registry ${registry}, and the name belongs to another one now`
  const hint = 'cpm audit --registry <registry>'
  return { name, version, severity: 'high', id: 'REGISTRY_UNKNOWN', source: 'owners', message, aliases: [], hint }
}

function fromPolicy({ name, version, code, level, rule, fact, origin }: PolicyFinding): AuditFinding {
  const severity = level === 'refuse' ? 'high' : rule === 'deprecated' ? 'low' : 'moderate'
  const hint = rule === 'registries' || rule === 'licenses' ? null : `cpm update ${name}`
  const message = level === 'refuse' ? `it ${fact}, says ${origin}` : `it ${fact}`
  return { name, version, severity, id: code, source: 'policy', message, aliases: [], hint }
}

function findAdvisories(lock: Lock, read: readonly Advisory[]): AuditFinding[] {
  const advisories = new Advisories(read)
  return releasesOf(lock).flatMap(([name, { version }]) =>
    advisories.about({ name, version }).map(({ id, aliases, severity, summary, fixed }): AuditFinding => {
      const fix = fixed === null ? 'no version with a fix is known' : `fixed in ${fixed}`
      const message = summary === '' ? fix : `${summary}; ${fix}`
      const hint = fixed === null ? null : `cpm why-not ${name}@${fixed}`
      return { name, version, severity, id, source: 'advisory', message, aliases, hint }
    }),
  )
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

function bySeverity(a: AuditFinding, b: AuditFinding): number {
  return rank(b.severity) - rank(a.severity)
}
