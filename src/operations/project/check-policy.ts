import type { LockedRelease } from '../../schema/lock.ts'
import { requireLock } from '../../installer/lockfile.ts'
import { releasesOf } from '../../installer/lock-entries.ts'
import { keyOf } from '../../installer/places.ts'
import { tellUnasked } from '../../installer/status-warnings.ts'
import { partOf } from '../../installer/workspace/lock-part.ts'
import type { PolicyFinding } from '../../policy/finding.ts'
import { withLentHome } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { lookAt } from './look-at.ts'
import { type FilterFlags, requireScope, selectedIn } from './scope.ts'

export type CheckPolicyOptions = Pick<InstallationFlags, 'registry' | 'offline' | 'lockTimeout'> & FilterFlags

export interface PolicyCheck {
  /** releases that were checked */
  readonly packages: number
  readonly findings: readonly PolicyFinding[]
}

/**
 * Checks the releases in colony.lock against the policy, without installing anything.
 * @throws CpmError LOCK_OUTDATED, POLICY_UNAVAILABLE
 */
export async function checkPolicy(session: Session, flags: CheckPolicyOptions = {}): Promise<PolicyCheck> {
  const scope = requireScope(session, flags)
  const { project } = scope
  const keys = selectedIn(scope).map(keyOf)
  const lock = await lookAt(session, project, () => partOf(requireLock(project.lockFile), keys), flags.lockTimeout)
  const { gate, source, store, sweep } = await createInstallation(withLentHome(session), project, flags)
  try {
    const releases = releasesOf(lock).map(([name, { version }]) => ({ name, version }))
    const news = await source.newsOf(releases)
    tellUnasked(news, session.emit)
    const folderOf = ({ tree }: LockedRelease) => (store.has(tree) ? store.path(tree) : undefined)
    const findings = [...(await gate.findingsIn(lock, news)), ...(await gate.findingsInManifests(lock, folderOf))]
    return { packages: releases.length, findings }
  } finally {
    sweep()
  }
}
