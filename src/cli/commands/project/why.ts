import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { offline, registry } from '../../shell/options.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { why } from '../../../operations/project/why.ts'

const MOST_SHOWN = 20

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package'), offline, registry }),
  positionals: ['name'],
  examples: [['See what needs codec', 'cpm why codec']],
  run: why,
  views: {
    human: ({ name, version, override, paths }, style) => {
      const lines = paths
        .slice(0, MOST_SHOWN)
        .map((path) =>
          [
            'your project',
            ...path.map((step) => `${step.name} ${step.version}${style('dim', ` (${step.requirement})`)}`),
          ].join(' → '),
        )
      const hidden = paths.length - lines.length
      const more = hidden > 0 ? [style('dim', `… and ${hidden} more paths`)] : []
      const by = override === null ? '' : `, which colony.yaml overrides with ${override}`
      return [`${name} ${version}${by}, needed by:`, ...lines, ...more].join('\n')
    },
  },
})
