import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { global, offline, registry } from '../../shell/options.ts'
import { renderGlobalList } from '../../views/global.ts'
import { statusMarks } from '../../views/status-marks.ts'
import { count } from '../../../core/amounts.ts'
import { listGlobal } from '../../../operations/global/list.ts'
import { list } from '../../../operations/project/list.ts'

export default defineCommand({
  input: z.object({
    direct: z.boolean().default(false).describe('list only direct dependencies'),
    global,
    offline,
    registry,
  }),
  examples: [
    ['List all packages in colony.lock', 'cpm list'],
    ['List the global packages', 'cpm list -g'],
    ['List only direct dependencies', 'cpm list --direct'],
  ],
  run: async (session, { global, direct, ...input }) =>
    global ? await listGlobal(session, input) : await list(session, { direct, ...input }),
  views: {
    human: (value, style) => {
      if ('totals' in value) return renderGlobalList(value, style)
      const { packages, isWanting } = value
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
