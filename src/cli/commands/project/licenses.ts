import { z } from 'zod'
import { count } from '../../../core/amounts.ts'
import { oneLine } from '../../../core/printable.ts'
import { licenses } from '../../../operations/project/licenses.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { filter } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ filter }),
  examples: [['List the licenses of all installed packages', 'cpm licenses']],
  run: (session, input) => licenses(session, input),
  views: {
    human: ({ packages }, style) => {
      const groups = [...new Set(packages.map(({ license }) => license))]
        .map((license) => [license, packages.filter((each) => each.license === license)] as const)
        .sort((a, b) => b[1].length - a[1].length)
      const lines = groups.map(([license, members]) => {
        const odd = license !== null && members[0]?.spdx === false ? style('yellow', ' (not an SPDX expression)') : ''
        const title = license === null ? style('yellow', 'none declared') : oneLine(license)
        return `${title}${odd}: ${style('dim', members.map(({ name, version }) => `${name} ${version}`).join(', '))}`
      })
      return [...lines, count(packages.length, 'package')].join('\n')
    },
  },
})
