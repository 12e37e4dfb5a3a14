import { z } from 'zod'
import { showPolicy } from '../../../operations/policy/show-policy.ts'
import { oneLine } from '../../../core/printable.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { offline } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ offline }),
  examples: [['See which rules apply here, and where they are written', 'cpm policy']],
  run: (session, input) => showPolicy(session, input),
  views: {
    human: ({ rules, waivers }, style) => {
      const lines = rules.map(
        ({ rule, value, origin }) =>
          `${rule}: ${oneLine(typeof value === 'string' ? value : JSON.stringify(value))} ${style('dim', `(${origin})`)}`,
      )
      const exceptions = waivers.map(({ package: name, version, rule, reason, until, expired, origin }) => {
        const label = version === undefined ? name : `${name}@${version}`
        const end = expired ? style('yellow', `expired ${until}`) : `until ${until}`
        return `waiver: ${rule} for ${label}, ${end}: ${oneLine(reason)} ${style('dim', `(${origin})`)}`
      })
      return [...lines, ...exceptions].join('\n')
    },
  },
})
