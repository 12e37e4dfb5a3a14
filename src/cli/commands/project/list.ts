import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { offline, registry } from '../../shell/options.ts'
import { statusMarks } from '../../views/status-marks.ts'
import { count } from '../../../core/amounts.ts'
import { list } from '../../../operations/project/list.ts'

export default defineCommand({
  input: z.object({
    direct: z.boolean().default(false).describe('list only direct dependencies'),
    offline,
    registry,
  }),
  examples: [
    ['List all packages in colony.lock', 'cpm list'],
    ['List only direct dependencies', 'cpm list --direct'],
  ],
  run: list,
  views: {
    human: ({ packages, isWanting }, style) => {
      if (isWanting) return 'nothing is installed yet: run cpm install'
      if (packages.length === 0) return 'no packages: add one with cpm install <name>'
      const lines = packages.map(({ name, version, direct, needed, installed, status }) => {
        const why = direct ? [] : [needed ? 'indirect' : 'nothing needs it: cpm install removes it']
        const marks = [...why, ...(installed ? [] : ['not installed']), ...statusMarks(status)]
        return `${name} ${version}${marks.length > 0 ? style('dim', ` (${marks.join(', ')})`) : ''}`
      })
      return [...lines, count(packages.length, 'package')].join('\n')
    },
  },
})
