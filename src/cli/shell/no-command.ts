import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError } from '../../core/errors.ts'
import { hasPlugins } from '../../operations/plugins/event-feed.ts'
import { successResult } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { CommandSummary } from './command-list.ts'
import { overview } from './overview.ts'
import { GLOBAL_FLAG_NAMES, readGlobalFlags } from './global-flags.ts'

/** Handles a command line without a known command. Loads what it needs for errors only then. @returns the exit status */
export async function showOverview(terminal: Terminal, argv: readonly string[]): Promise<number> {
  const { stdout, env } = terminal
  const flags = readGlobalFlags(argv)
  const isJson = flags.json || flags.events
  const printError = async (error: CpmError) => (await import('./run.ts')).printError(terminal, error, flags)
  const fail = (fact: string) => printError(new CpmError('USAGE', fact, { hint: 'cpm help' }))
  const word = argv.find((text) => !text.startsWith('-'))
  if (word !== undefined) {
    const { unknownCommand } = await import('./unknown-command.ts')
    const others = await pluginCommandsIn(env)
    return await printError(unknownCommand(argv.slice(argv.indexOf(word)), others))
  }
  const unknown = argv.find((flag) => ![...GLOBAL_FLAG_NAMES, '-h', '--help'].includes(flag))
  if (unknown !== undefined) return await fail(`unknown option ${unknown}`)
  if (argv.includes('--help') || argv.includes('-h')) {
    const text = overview(await pluginCommandsIn(env))
    stdout.write(isJson ? `${JSON.stringify(successResult({ topic: null, text: text.trimEnd() }))}\n` : text)
    return 0
  }
  if (isJson) return await fail('no command given')
  stdout.write(overview(await pluginCommandsIn(env)))
  return 2
}

async function pluginCommandsIn(env: EnvironmentVariables): Promise<readonly CommandSummary[]> {
  if (!hasPlugins(env)) return []
  const { readablePluginCommands } = await import('../../operations/plugins/run-command.ts')
  return readablePluginCommands(env)
}
