import { z } from 'zod'
import { type ErrorCode, ERRORS, EXIT } from '../../schema/errors.ts'
import { ERROR_EXAMPLES } from '../../schema/error-examples.ts'
import { CpmError } from '../../core/errors.ts'
import { closest } from '../../core/did-you-mean.ts'
import { hasPlugins } from '../../operations/plugins/event-feed.ts'
import { readablePluginCommands } from '../../operations/plugins/run-command.ts'
import { COMMANDS, findCommand, loadCommand } from '../shell/commands.ts'
import { type Command, defineCommand } from '../shell/define-command.ts'
import { commandLines, overview } from '../shell/overview.ts'
import { findPluginCommand } from '../shell/plugin-command.ts'
import { parseArguments } from '../shell/program.ts'
import { unknownCommand } from '../shell/unknown-command.ts'

export default defineCommand({
  input: z.object({
    topic: z.array(z.string()).default([]).describe('a command, or an error code such as LOCK_OUTDATED'),
  }),
  positionals: ['topic'],
  examples: [
    ['Explain an error', 'cpm help LOCK_OUTDATED'],
    ['Show the options of a command', 'cpm help install'],
  ],
  run: async ({ env }, { topic }) => {
    const [word] = topic
    const others = hasPlugins(env) ? readablePluginCommands(env) : []
    if (word === undefined) return { topic: null, text: overview(others).trimEnd() }
    const code = word.toUpperCase()
    if (Object.hasOwn(ERRORS, code)) return explainCode(code as ErrorCode)
    const found = findCommand(topic)
    if (found) return helpOf(await loadCommand(found.entry))
    const ofPlugin = others.length > 0 ? findPluginCommand(topic, env) : undefined
    if (ofPlugin) return helpOf(ofPlugin.command)
    const group = [...COMMANDS, ...others].filter(({ name }) => name.startsWith(`${topic.join(' ')} `))
    if (group.length > 0) return { topic: topic.join(' '), text: commandLines(group).join('\n') }
    const near = closest(code, Object.keys(ERRORS))
    const fact = `there is no command or error code ${topic.join(' ')}`
    if (near !== undefined) throw new CpmError('USAGE', `${fact}; did you mean ${near}?`, { hint: `cpm help ${near}` })
    const { message, hint = '' } = unknownCommand(topic, others)
    const meant = /did you mean .*/.exec(message)?.[0]
    throw new CpmError('USAGE', meant === undefined ? fact : `${fact}; ${meant}`, {
      hint: meant === undefined ? 'cpm help' : hint.replace(/^cpm (?!help)/, 'cpm help '),
    })
  },
  views: { human: ({ text }) => text },
})

function helpOf(command: Command) {
  const parsed = parseArguments(command, ['--help'])
  return { topic: command.name, text: parsed.kind === 'help' ? parsed.text.trimEnd() : '' }
}

function explainCode(code: ErrorCode) {
  const { exit, about, help } = ERRORS[code]
  const { before, after } = ERROR_EXAMPLES[code]
  return {
    topic: code,
    exit: EXIT[exit],
    cause: about,
    help,
    example: { before, after },
    text: [
      `${code} (exit status ${EXIT[exit]})`,
      '',
      about,
      '',
      help,
      '',
      'Before:',
      `  ${before}`,
      'After:',
      `  ${after}`,
    ].join('\n'),
  }
}
