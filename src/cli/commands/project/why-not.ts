import { z } from 'zod'
import { whyNot } from '../../../operations/project/why-not.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry, selection } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    release: z.string().meta({ description: 'the version, such as codec@2.1.0', value: 'name@version' }),
    offline: z.boolean().default(false).describe('use only what is on this machine'),
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [
    ['See why codec is not newer', 'cpm why-not codec@2.1.0'],
    ['Exit status: 0 installed, 3 a command installs it, 7 impossible', 'cpm why-not codec@2.1.0 --json; echo $?'],
  ],
  run: whyNot,
  exit: ({ isInstalled, tips }) => (isInstalled ? 'ok' : tips.length > 0 ? 'changesNeeded' : 'noSolution'),
  views: {
    human: ({ name, version, locked, isInstalled, reasons, tips }) => {
      const messages = reasons.map(({ message }) => message)
      if (isInstalled)
        return [`colony.lock has ${name} ${version}`, ...messages.map((text) => `but ${text}`)].join('\n')
      const has = locked === null ? `colony.lock has no ${name}` : `colony.lock has ${name} ${locked}`
      const does = tips.map((tip) => `this installs it (tried): ${tip}`)
      return [`${has}, not ${version}:`, ...messages.map((text) => text.replace(/^(?=.)/gm, '  ')), ...does].join('\n')
    },
  },
})
