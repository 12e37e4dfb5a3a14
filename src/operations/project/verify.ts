import type { Lock } from '../../schema/lock.ts'
import { CpmError } from '../../core/errors.ts'
import type { News } from '../../core/ports.ts'
import { type Finding, verdictOf } from '../../installer/finding.ts'
import { lookAtProject } from '../../installer/consistent-view.ts'
import type { Installation } from '../../installer/installation.ts'
import { reserveInstalled } from '../../installer/keep/reserve.ts'
import { readLock, requireLock } from '../../installer/lockfile.ts'
import { treesOf } from '../../installer/lock-entries.ts'
import { warnOfCarried } from '../../installer/prove/carry-proofs.ts'
import { isFlagged, tellNews } from '../../installer/status-warnings.ts'
import { keyOf, type Places } from '../../installer/places.ts'
import type { Project } from '../../installer/project.ts'
import { requirePart } from '../../installer/project-lock.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import { verify as verifyInstalled, type VerifyReport } from '../../installer/verify.ts'
import { count } from '../../core/amounts.ts'
import { withLentHome } from '../lent-home.ts'
import { runVerifyHooks } from '../plugins/install-hooks.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

export type VerifyOptions = Pick<InstallationFlags, 'registry' | 'offline'> & FilterFlags

/**
 * Proves every installed file against the lock and the signatures; in the root of a workspace, those of all members.
 * @throws CpmError PACKAGE_DAMAGED, POLICY_REFUSED, PROOF_DAMAGED or PROOF_MISSING with every finding; LOCK_OUTDATED
 */
export async function verify(session: Session, flags: VerifyOptions = {}) {
  const scope = requireScope(session, flags, 'cpm verify -g')
  return await verifyPlaces(session, scope, selectedIn(scope), flags)
}

/** Does the same for a project anywhere. */
export async function verifyProject(session: Session, project: Project, flags: VerifyOptions) {
  return await verifyPlaces(session, { project, members: [] }, [project], flags)
}

async function verifyPlaces(
  session: Session,
  { project, members }: Places,
  places: readonly Project[],
  flags: VerifyOptions,
) {
  const installation = await createInstallation(withLentHome(session), project, flags, { members })
  try {
    const report = await lookAtProject(project, installation, async () =>
      requireNothingFound(await verifyLock(installation, places)),
    )
    warnOfCarried(report.carried, places[0] ?? project, session.emit)
    const read = readLock(project.lockFile)
    const part = read.kind === 'lock' ? partOf(read.lock, places.map(keyOf)) : undefined
    const news = await tellNews(part, installation)
    if (part) await checkRules(installation, part, news)
    const hooks = await session.hooks()
    if (part && hooks?.has('onVerify') === true) await runVerifyHooks(hooks, part, project.root, installation.store)
    const flagged = [...news.of].flatMap(([name, found]) => (isFlagged(found) ? [{ name, status: found.status }] : []))
    return { ...report, flagged, unasked: news.unasked }
  } finally {
    installation.sweep()
  }
}

/** @throws CpmError if the policy refuses a locked release */
async function checkRules({ rules, store }: Installation, lock: Lock, news: News): Promise<void> {
  await rules.checkLock(lock, news)
  await rules.checkManifests(lock, ({ tree }) => (store.has(tree) ? store.path(tree) : undefined))
}

async function verifyLock(installation: Installation, places: readonly Project[]): Promise<VerifyReport> {
  const lock = requireLock(installation.project.lockFile)
  await reserveInstalled(treesOf(lock), installation)
  const locked = places.map((place) => ({ place, lock: requirePart(lock, place) }))
  return await verifyInstalled(locked, installation)
}

/** @throws CpmError PACKAGE_DAMAGED, POLICY_REFUSED, PROOF_DAMAGED, PROOF_MISSING */
function requireNothingFound(report: VerifyReport): VerifyReport {
  if (report.findings.length === 0) return report
  const { code, hint } = verdictOf(report.findings)
  throw new CpmError(code, [headline(report.findings), ...report.findings.flatMap(describe)].join('\n'), {
    hint,
    details: { ...report },
  })
}

/** Counts each kind of finding separately: a refused or unproven package may still match the lock. */
function headline(findings: readonly Finding[]): string {
  const unproven = findings.filter(({ unchecked, ofProof }) => unchecked ?? ofProof)
  const refused = findings.filter(({ ofPolicy }) => ofPolicy)
  const others = findings.filter((finding) => !unproven.includes(finding) && !refused.includes(finding))
  const files = others.reduce((sum, finding) => sum + (finding.files?.length ?? 0), 0)
  const parts = [
    others.length > 0 &&
      `${packagesOf(others)} ${namesOf(others).size === 1 ? 'does' : 'do'} not match the lock${files > 0 ? ` (${count(files, 'file')})` : ''}`,
    refused.length > 0 && `your settings refuse ${packagesOf(refused)}`,
    unproven.length > 0 && `${packagesOf(unproven)} can't be proven here`,
  ]
  return `${parts.filter((part) => part !== false).join('; ')}:`
}

function namesOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.map(({ name }) => name))
}

function packagesOf(findings: readonly Finding[]): string {
  return count(namesOf(findings).size, 'package')
}

function describe({ name, version, problem, files = [] }: Finding): string[] {
  const label = version === undefined ? name : `${name}@${version}`
  return [
    ...(problem === undefined ? [] : [`  ${label}: ${problem}`]),
    ...files.map(
      ({ path, what, detail }) => `  ${label}: ${what} ${path}${detail === undefined ? '' : ` (${detail})`}`,
    ),
  ]
}
