import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { CpmError } from '../../../core/errors.ts'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { dependentsOf } from '../../../installer/dependents.ts'
import { readLock } from '../../../installer/lockfile.ts'
import { requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'

const MOST_SHOWN = 20

export default defineCommand({
  name: 'why',
  summary: 'Show what needs an installed package',
  input: z.object({ name: PackageName.describe('the package') }),
  positionals: ['name'],
  examples: [['What leads to codec', 'cpm why codec']],
  run: (context, { name }) => {
    const read = readLock(requireProject(context.cwd).lockFile)
    const lock = read.kind === 'lock' ? read.lock : undefined
    const found = lock?.packages[name]
    if (!lock || !found) {
      const fact = `colony.lock has no ${name}${didYouMean(name, Object.keys(lock?.packages ?? {}))}`
      throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
    }
    return { name, version: found.version, paths: dependentsOf(lock, name) }
  },
  views: {
    human: ({ name, version, paths }, style) => {
      const lines = paths
        .slice(0, MOST_SHOWN)
        .map((path) =>
          [
            'your project',
            ...path.map((step) => `${step.name} ${step.version}${style('dim', ` (${step.requirement})`)}`),
          ].join(' → '),
        )
      const hidden = paths.length - lines.length
      const more = hidden > 0 ? [style('dim', `… and ${hidden} more ways`)] : []
      return [`${name} ${version}, needed by:`, ...lines, ...more].join('\n')
    },
  },
})
