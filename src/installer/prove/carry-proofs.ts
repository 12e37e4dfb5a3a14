import type { Emit } from '../../schema/events.ts'
import type { Lock } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { count } from '../../core/amounts.ts'
import { readTextIfThere } from '../../core/atomic-file.ts'
import type { Installation } from '../installation.ts'
import { releasesOf } from '../lock-entries.ts'
import type { Project } from '../project.ts'
import { proofsFile, writeProofs } from './carried-proofs.ts'
import { proveLock } from './prove-lock.ts'

/** Returns the new contents of the proofs file if they changed; empty when packages are links. */
export async function changedProofs(lock: Lock, parts: Installation): Promise<string | undefined> {
  const { project, mode, evidence, carried } = parts
  if (mode === 'copy') await askForMissing(lock, parts)
  const wanted = mode === 'copy' ? writeProofs(lock, [evidence, carried]) : ''
  return wanted === (readTextIfThere(proofsFile(project)) ?? '') ? undefined : wanted
}

/**
 * Fetches envelopes that are no longer in the cache although their packages are in the store. Warns if none is
 * available.
 */
async function askForMissing(lock: Lock, parts: Installation): Promise<void> {
  const { evidence, carried, emit } = parts
  const missing = releasesOf(lock).filter(
    ([name, { registry, version }]) =>
      !evidence.envelope(registry, name, version) && !carried.envelope(registry, name, version),
  )
  if (missing.length === 0) return
  const { findings } = await proveLock(missing, parts)
  for (const { name, problem = '' } of findings) {
    emit({
      type: 'warning',
      code: 'PROOF_MISSING',
      message: `the copy of ${name} can't be proven on other machines: ${problem}`,
    })
  }
}

/** Warns about packages that only the proofs in the copy prove. */
export function warnOfCarried(names: readonly PackageName[], project: Pick<Project, 'own'>, emit: Emit): void {
  if (names.length === 0) return
  emit({
    type: 'warning',
    code: 'PROOF_CARRIED',
    message: `${count(names.length, 'package')} proven only by the proofs in the copy (${proofsFile(project)}); later changes of owners and trust decisions made elsewhere can't be checked`,
  })
}
