import { CpmError } from '../../core/errors.ts'
import { successResult } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { overview } from './overview.ts'
import { readGlobalFlags } from './global-flags.ts'

const GLOBAL_FLAGS = ['--json', '--events', '-q', '--quiet', '--debug', '-h', '--help']

/** Handles a command line without a known command. Loads what it needs for errors only then. @returns the exit status */
export async function showOverview(terminal: Terminal, argv: readonly string[]): Promise<number> {
  const { stdout } = terminal
  const flags = readGlobalFlags(argv)
  const isJson = flags.json || flags.events
  const printError = async (error: CpmError) => (await import('./run.ts')).printError(terminal, error, flags)
  const fail = (fact: string) => printError(new CpmError('USAGE', fact, { hint: 'cpm help' }))
  const word = argv.find((text) => !text.startsWith('-'))
  if (word !== undefined) {
    const { unknownCommand } = await import('./unknown-command.ts')
    return await printError(unknownCommand(argv.slice(argv.indexOf(word))))
  }
  const unknown = argv.find((flag) => !GLOBAL_FLAGS.includes(flag))
  if (unknown !== undefined) return await fail(`unknown option ${unknown}`)
  if (argv.includes('--help') || argv.includes('-h')) {
    stdout.write(
      isJson ? `${JSON.stringify(successResult({ topic: null, text: overview().trimEnd() }))}\n` : overview(),
    )
    return 0
  }
  if (isJson) return await fail('no command given')
  stdout.write(overview())
  return 2
}
