import fs from 'node:fs'
import path from 'node:path'
import { isAbandoned } from '../../core/abandoned.ts'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import { CpmError, fileError, ifPossible, systemCode } from '../../core/errors.ts'
import { removeMarkIf } from '../../core/lock-mark.ts'
import { fateOfMaker } from '../../core/process-identity.ts'
import { abandonedStagings, removeStaging } from '../../core/staging.ts'

/**
 * Where the values of secrets are while a run needs them. The folder is named after its process, so that the files of a
 * killed cpm can be recognized. A link named after the run points to it, so that the path stays the same in a retry.
 */
interface OpenOptions {
  parent: string
  /** the folder with the values, below the parent */
  folder: string
  run: string
}

/** Links are replaced sooner than values are removed, because only a retry of the same run needs the name. */
const LINK_SILENCE = 60_000

/**
 * Makes the values reachable under the run's name. Returns a function that removes them.
 * @throws CpmError RUN_ACTIVE if another process has put them there
 */
export function openSecrets({ parent, folder, run }: OpenOptions): () => void {
  const link = path.join(parent, run)
  const old = targetOf(link)
  if (old !== undefined && isForgotten(old, LINK_SILENCE)) removeLink(link, old)
  try {
    fs.symlinkSync(folder, link, 'junction') // on Windows, a junction needs no special rights
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(error, 'write', link)
    throw new CpmError('RUN_ACTIVE', `another cpm process is using the secrets of the run ${run}`, {
      hint: 'wait until it ends: cpm workflow list',
      details: { link },
    })
  }
  const made = targetOf(link) ?? folder
  return () => {
    ifPossible(() => {
      removeLink(link, made)
    })
    removeStaging(folder)
  }
}

/** Removes the files and links of processes that are known to have ended. */
export function removeAbandonedSecrets(parent: string): void {
  for (const name of namesIn(parent)) {
    const link = path.join(parent, name)
    const target = targetOf(link)
    if (target !== undefined && isForgotten(target)) removeLink(link, target)
  }
  for (const { folder } of abandonedStagings(parent)) removeStaging(folder)
}

function isForgotten(folder: string, silence?: number): boolean {
  return (
    fateOfMaker(path.basename(folder)) !== undefined &&
    (!isThere(folder) || isAbandoned(folder, silence === undefined ? {} : { silence }))
  )
}

/** Removes a link, unless another process has put its own in the place by now. */
function removeLink(link: string, target: string): void {
  removeMarkIf(link, (renamed) => targetOf(renamed) === target)
}

function targetOf(link: string): string | undefined {
  try {
    return fs.readlinkSync(link)
  } catch {
    return undefined // it is not a link, or another process removed it
  }
}
