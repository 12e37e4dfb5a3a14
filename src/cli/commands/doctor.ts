import { z } from 'zod'
import { count } from '../../core/amounts.ts'
import { oneLine } from '../../core/printable.ts'
import { doctor } from '../../operations/doctor/doctor.ts'
import { defineCommand } from '../shell/define-command.ts'
import { registry } from '../shell/options.ts'

const MARKS = { ok: ['✓', 'green'], warning: ['!', 'yellow'], failed: ['✗', 'red'], skipped: ['-', 'dim'] } as const

export default defineCommand({
  input: z.object({
    registry,
    offline: z.boolean().default(false).describe('ask nobody on the network'),
  }),
  examples: [
    ['Find out what is wrong on this machine', 'cpm doctor'],
    ['Without the network', 'cpm doctor --offline'],
  ],
  run: async (session, input) =>
    await doctor(session, { ...input, node: process.version, program: process.argv[1] ?? 'cpm' }),
  exit: ({ failed }) => (failed > 0 ? 'failed' : 'ok'),
  views: {
    human: ({ checks, failed, warnings }, style) => {
      const lines = checks.flatMap(({ check, status, message, hint }) => {
        const [mark, color] = MARKS[status]
        const line = `${style(color, `${mark} ${status.padEnd(7)}`)}  ${check.padEnd(8)}  ${oneLine(message)}`
        return hint === undefined ? [line] : [line, `${' '.repeat(21)}to mend it: ${oneLine(hint)}`]
      })
      const sum = failed + warnings === 0 ? 'everything is fine' : `${failed} failed, ${count(warnings, 'warning')}`
      return [...lines, sum].join('\n')
    },
  },
})
