import type { Emit } from '../../schema/events.ts'
import type { Lock } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { count } from '../../core/amounts.ts'
import { readTextIfThere } from '../../core/atomic-file.ts'
import type { Installation } from '../installation.ts'
import { releasesOf } from '../lockfile.ts'
import type { Project } from '../project.ts'
import { proofsFile, writeProofs } from './carried-proofs.ts'
import { proveLock } from './prove-lock.ts'

/** What proves the copies of a lock, where that is not what lies beside them already; nothing where packages are links. */
export async function changedProofs(lock: Lock, parts: Installation): Promise<string | undefined> {
  const { project, mode, evidence, carried } = parts
  if (mode === 'copy') await askForMissing(lock, parts)
  const wanted = mode === 'copy' ? writeProofs(lock, [evidence, carried]) : ''
  return wanted === (readTextIfThere(proofsFile(project)) ?? '') ? undefined : wanted
}

/** A package may have been in the store for long, and its envelope in the cache no more: it is asked for, and done without where nobody has it. */
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
      message: `the copy of ${name} can't be proven elsewhere: ${problem}`,
    })
  }
}

/** Says what was not checked of packages that were proven by what came with them alone. */
export function warnOfCarried(names: readonly PackageName[], project: Pick<Project, 'own'>, emit: Emit): void {
  if (names.length === 0) return
  emit({
    type: 'warning',
    code: 'PROOF_CARRIED',
    message: `${count(names.length, 'package')} proven only by what came with the copy (${proofsFile(project)}): changes of owners since, and trust in keys that was decided elsewhere, can't be checked here`,
  })
}
