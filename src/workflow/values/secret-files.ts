import fs from 'node:fs'
import path from 'node:path'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../../core/errors.ts'
import { fateOfMaker } from '../../core/process-identity.ts'
import { abandonedStagings, isAbandoned, removeStaging } from '../../core/staging.ts'

/**
 * Where the values of secrets lie while a run needs them: in a folder named after its process, so that what a killed cpm left can be told, to
 * which a link leads that is named after the run, so that the path is the same when the run is run again.
 */
interface OpenOptions {
  parent: string
  /** the folder with the values, below the parent */
  folder: string
  run: string
}

/** The link of a run that is run again is in the way of nobody else: it is replaced sooner than values are removed. */
const LINK_SILENCE = 60_000

/**
 * Makes the values reachable by the run's name. Returns what takes them away again.
 * @throws CpmError RUN_ACTIVE where another process has them there
 */
export function openSecrets({ parent, folder, run }: OpenOptions): () => void {
  const link = path.join(parent, run)
  const old = targetOf(link)
  if (old !== undefined && isForgotten(old, LINK_SILENCE)) fs.rmSync(link, { force: true })
  try {
    fs.symlinkSync(folder, link, 'junction') // the kind is for Windows, where it needs no rights
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(error, 'write', link)
    throw new CpmError('RUN_ACTIVE', `another cpm has the secrets of the run ${run} in their places`, {
      hint: 'wait until it is over: cpm workflow list',
      details: { link },
    })
  }
  return () => {
    fs.rmSync(link, { force: true })
    removeStaging(folder)
  }
}

/** Removes what processes left that are known to have ended. */
export function removeAbandonedSecrets(parent: string): void {
  for (const name of namesIn(parent)) {
    const link = path.join(parent, name)
    const target = targetOf(link)
    if (target !== undefined && isForgotten(target)) fs.rmSync(link, { force: true })
  }
  for (const { folder } of abandonedStagings(parent)) removeStaging(folder)
}

function isForgotten(folder: string, silence?: number): boolean {
  return fateOfMaker(path.basename(folder)) !== undefined && (!isThere(folder) || isAbandoned(folder, silence))
}

function targetOf(link: string): string | undefined {
  try {
    return fs.readlinkSync(link)
  } catch {
    return undefined // it is no link, or somebody removed it
  }
}
