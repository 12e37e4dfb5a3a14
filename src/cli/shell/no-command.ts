import { CpmError } from '../../core/errors.ts'
import { successResult } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { overview } from './overview.ts'
import { readGlobalFlags } from './global-flags.ts'
import { printError } from './run.ts'
import { unknownCommand } from './unknown-command.ts'
import { cpmVersion } from '../../core/version.ts'

/** Prints the version for `cpm --version`. @returns the exit status */
export function showVersion({ stdout }: Terminal, argv: readonly string[]): number {
  const { json, events } = readGlobalFlags(argv)
  const version = cpmVersion()
  stdout.write(`${json || events ? JSON.stringify(successResult({ version })) : version}\n`)
  return 0
}

const GLOBAL_FLAGS = ['--json', '--events', '-q', '--quiet', '--debug', '-h', '--help']

/** Handles a command line without a known command. @returns the exit status */
export function showOverview(terminal: Terminal, argv: readonly string[]): number {
  const { stdout } = terminal
  const flags = readGlobalFlags(argv)
  const isJson = flags.json || flags.events
  const fail = (fact: string) => printError(terminal, new CpmError('USAGE', fact, { hint: 'cpm help' }), flags)
  const word = argv.find((text) => !text.startsWith('-'))
  if (word !== undefined) return printError(terminal, unknownCommand(argv.slice(argv.indexOf(word))), flags)
  const unknown = argv.find((flag) => !GLOBAL_FLAGS.includes(flag))
  if (unknown !== undefined) return fail(`unknown option ${unknown}`)
  if (argv.includes('--help') || argv.includes('-h')) {
    stdout.write(
      isJson ? `${JSON.stringify(successResult({ topic: null, text: overview().trimEnd() }))}\n` : overview(),
    )
    return 0
  }
  if (isJson) return fail('no command given')
  stdout.write(overview())
  return 2
}
