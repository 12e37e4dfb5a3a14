import { z } from 'zod'
import { type ErrorCode, ERRORS, EXIT } from '../../schema/errors.ts'
import { CpmError } from '../../core/errors.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { COMMANDS, findCommand, loadCommand } from '../shell/commands.ts'
import { defineCommand } from '../shell/define-command.ts'
import { commandLines, overview } from '../shell/overview.ts'
import { parseArguments } from '../shell/program.ts'

export default defineCommand({
  name: 'help',
  summary: 'Explain a command or an error code',
  input: z.object({ topic: z.array(z.string()).default([]).describe('a command, or an error code as LOCK_OUTDATED') }),
  positionals: ['topic'],
  examples: [
    ['What an error means', 'cpm help LOCK_OUTDATED'],
    ['What a command takes', 'cpm help install'],
  ],
  run: async (_context, { topic }) => {
    const [word] = topic
    if (word === undefined) return { topic: null, text: overview().trimEnd() }
    const code = word.toUpperCase()
    if (Object.hasOwn(ERRORS, code)) return explainCode(code as ErrorCode)
    const found = findCommand(topic)
    if (found) {
      const parsed = parseArguments(await loadCommand(found.entry), ['--help'])
      return { topic: found.entry.name, text: parsed.kind === 'help' ? parsed.text.trimEnd() : '' }
    }
    const group = COMMANDS.filter(({ name }) => name.startsWith(`${topic.join(' ')} `))
    if (group.length > 0) return { topic: topic.join(' '), text: commandLines(group).join('\n') }
    const known = [...COMMANDS.map(({ name }) => name), ...Object.keys(ERRORS)]
    throw new CpmError('USAGE', `there is no command or error code ${topic.join(' ')}${didYouMean(code, known)}`, {
      hint: 'cpm help',
    })
  },
  views: { human: ({ text }) => text },
})

function explainCode(code: ErrorCode) {
  const { exit, about, help } = ERRORS[code]
  return {
    topic: code,
    exit: EXIT[exit],
    text: [`${code} (exit status ${EXIT[exit]})`, '', about, '', help].join('\n'),
  }
}
