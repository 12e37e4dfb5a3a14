import path from 'node:path'
import { Target } from '../../schema/target.ts'
import { readUserFile } from '../../core/user-files.ts'
import { inFolder, problemsError, readYaml } from '../../core/yaml.ts'
import type { Selection } from '../../installer/resolve-project.ts'

/** Which versions may be chosen, and which are preferred. */
export interface SelectionFlags {
  /** prefer highest (the default), lowest or lowest-direct versions */
  resolution?: Selection['resolution'] | undefined
  /** choose as if nothing had been published after this date (ISO 8601) */
  excludeNewer?: string | undefined
  /** a file that describes the colony to choose for */
  target?: string | undefined
}

/** @throws CpmError TARGET_INVALID */
export function readSelection(cwd: string, { resolution, excludeNewer, target }: SelectionFlags): Selection {
  return {
    resolution,
    // A date without a time means midnight UTC, so the result does not depend on the time zone.
    excludeNewer: excludeNewer?.length === 'yyyy-mm-dd'.length ? `${excludeNewer}T00:00:00Z` : excludeNewer,
    target: target === undefined ? undefined : readTarget(path.resolve(cwd, target)),
  }
}

function readTarget(file: string): Target {
  const { yaml, problems } = readYaml(file, readUserFile(file))
  if (!yaml) throw inFolder(problemsError('TARGET_INVALID', `${file} can't be read:`, problems), path.dirname(file))
  const read = Target.safeParse(yaml.data)
  if (read.success) return read.data
  const wrong = read.error.issues.map(({ path: at, message }) => {
    const keys = at.filter((step) => typeof step !== 'symbol')
    return { file, ...yaml.locate(keys), message: [...keys, message].join(' ') }
  })
  const hint = 'for example: colonyos: 1.9.12, architecture: x86_64 and cpm: 0.1.0'
  throw inFolder(
    problemsError('TARGET_INVALID', `${file} does not describe a target:`, wrong, hint),
    path.dirname(file),
  )
}
