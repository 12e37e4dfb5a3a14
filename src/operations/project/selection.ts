import path from 'node:path'
import { z } from 'zod'
import { Target } from '../../schema/target.ts'
import { readUserText } from '../../core/user-files.ts'
import { problemsError, readYaml } from '../../core/yaml.ts'
import type { Selection } from '../../installer/resolve-project.ts'
import { RESOLUTIONS } from '../../resolver/problem.ts'

/** Options that say which versions may be chosen, and which are preferred. */
export const selection = {
  resolution: z
    .enum(RESOLUTIONS)
    .optional()
    .meta({ description: 'prefer highest (the default), lowest or lowest-direct versions', value: 'which' }),
  excludeNewer: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], 'must be a date, as 2026-01-31 or 2026-01-31T12:00:00Z')
    .optional()
    .meta({ description: 'choose as if nothing had been published after this date', value: 'date' }),
  target: z.string().optional().meta({
    description: 'hold the conditions of packages against what this file says of a colony',
    value: 'file',
  }),
}

interface SelectionFlags {
  resolution?: Selection['resolution']
  excludeNewer?: string | undefined
  target?: string | undefined
}

/** @throws CpmError TARGET_INVALID */
export function readSelection(cwd: string, { resolution, excludeNewer, target }: SelectionFlags): Selection {
  return {
    resolution,
    // a day alone is its beginning, in UTC, wherever the command is run
    excludeNewer: excludeNewer?.length === 'yyyy-mm-dd'.length ? `${excludeNewer}T00:00:00Z` : excludeNewer,
    target: target === undefined ? undefined : readTarget(path.resolve(cwd, target)),
  }
}

function readTarget(file: string): Target {
  const { yaml, problems } = readYaml(file, readUserText(file))
  if (!yaml) throw problemsError('TARGET_INVALID', `${file} can’t be read:`, problems)
  const read = Target.safeParse(yaml.data)
  if (read.success) return read.data
  const wrong = read.error.issues.map(({ path: at, message }) => {
    const keys = at.filter((step) => typeof step !== 'symbol')
    return { file, ...yaml.locate(keys), message: [...keys, message].join(' ') }
  })
  const hint = 'it may hold colonyos: 1.9.12, architecture: x86_64 and cpm: 0.1.0'
  throw problemsError('TARGET_INVALID', `${file} does not describe a target:`, wrong, hint)
}
