import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { filter, global, offline, registry } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { renderGlobalList } from '../../views/global.ts'
import { statusMarks } from '../../views/status-marks.ts'
import { count } from '../../../core/amounts.ts'
import { listGlobal } from '../../../operations/global/list.ts'
import { list } from '../../../operations/project/list.ts'

export default defineCommand({
  input: z.object({
    direct: z.boolean().default(false).describe('list only direct dependencies'),
    global,
    filter,
    offline,
    registry,
  }),
  examples: [
    ['List all packages in colony.lock', 'cpm list'],
    ['List the global packages', 'cpm list -g'],
    ['List only direct dependencies', 'cpm list --direct'],
  ],
  run: async (session, { global, direct, ...input }) => {
    if (!global) return await list(session, { direct, ...input })
    refuseWithGlobal({ '--filter': input.filter !== undefined })
    return await listGlobal(session, input)
  },
  views: {
    human: (value, style) => {
      if ('totals' in value) return renderGlobalList(value, style)
      const { packages, isWanting } = value
      if (isWanting) return 'nothing is installed yet: run cpm install'
      if (packages.length === 0) return 'no packages: add one with cpm install <name>'
      const lines = packages.map(({ name, version, direct, needed, installed, by = [], status }) => {
        const why = direct ? [] : [needed ? 'indirect' : 'nothing needs it: cpm install removes it']
        const users = by.map((path) => (path === '.' ? 'the root' : path))
        const marks = [...why, ...users, ...(installed ? [] : ['not installed']), ...statusMarks(status)]
        return `${name} ${version}${marks.length > 0 ? style('dim', ` (${marks.join(', ')})`) : ''}`
      })
      return [...lines, count(packages.length, 'package')].join('\n')
    },
  },
})
