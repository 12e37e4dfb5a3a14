import { z } from 'zod'
import { count } from '../../../core/amounts.ts'
import { oneLine } from '../../../core/printable.ts'
import { checkPolicy } from '../../../operations/project/check-policy.ts'
import { isRefused } from '../../../policy/finding.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { filter, lockTimeout, offline, registry } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({ filter, offline, registry, lockTimeout }),
  examples: [
    ['Check colony.lock before a new rule is introduced', 'cpm policy check'],
    ['Exit status: 0 nothing is refused, 6 something is', 'cpm policy check --json; echo $?'],
  ],
  run: (session, input) => checkPolicy(session, input),
  exit: ({ findings }) => (findings.some(isRefused) ? 'policy' : 'ok'),
  views: {
    human: ({ packages, findings }, style) => {
      if (findings.length === 0) return `the policy allows all of ${count(packages, 'package')}`
      return findings
        .map(({ name, version, code, level, fact, origin, waiver }) => {
          const word = waiver
            ? style('dim', `waived until ${waiver.until}`)
            : level === 'refuse'
              ? style('red', 'refused')
              : style('yellow', 'warning')
          return `${word} ${code} ${name}@${version} ${oneLine(fact)} ${style('dim', `(${origin})`)}`
        })
        .join('\n')
    },
  },
})
