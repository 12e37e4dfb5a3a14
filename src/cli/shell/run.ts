import { EXIT } from '../../schema/errors.ts'
import { processEnvironment } from '../../core/environment-variables.ts'
import { CpmError } from '../../core/errors.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { COMMANDS } from './commands.ts'
import { createContext, isCi, type Screen } from '../../operations/context.ts'
import type { Command } from './define-command.ts'
import { asCpmError, exitCodeOf, failureResult, renderError, successResult } from '../terminal/output.ts'
import { type GlobalFlags, parseArguments, readGlobalFlags } from './program.ts'
import { createEventWriter, createReporter } from '../terminal/reporter.ts'
import { styleFor, wantsColor } from '../terminal/style.ts'
import { cpmVersion } from './version.ts'

const { stdin, stdout, stderr } = process
const env = processEnvironment

/** Runs a command from its arguments to its printed result. */
export async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
  const flags = readGlobalFlags(argv)
  const interruption = listenForInterruption()
  const context = createContext({
    cwd: process.cwd(),
    env,
    emit: createEmit(flags),
    signal: interruption.signal,
    cpmVersion: cpmVersion(),
    isInteractive: stdin.isTTY && stderr.isTTY && !isCi(env) && !flags.json && !flags.events,
    screen: flags.json || flags.events ? undefined : createScreen(),
  })
  try {
    const parsed = parseArguments(command, argv)
    if (parsed.kind === 'help') {
      stdout.write(parsed.text)
      return
    }
    const value = await command.run(context, parsed.input)
    if (flags.json || flags.events) stdout.write(`${JSON.stringify(successResult(value))}\n`)
    else {
      const text = command.views.human(value, styleFor(wantsColor(stdout, env)))
      if (text !== '') stdout.write(`${text}\n`)
    }
    if (command.exit) process.exitCode = EXIT[command.exit(value)]
  } catch (error) {
    // What was interrupted may know better than we what goes on without it.
    const isTold = error instanceof CpmError && error.code === 'INTERRUPTED'
    printError(interruption.signal.aborted && !isTold ? interruption.signal.reason : error, flags)
  } finally {
    interruption.stop()
    await context.end()
  }
}

/** What `cpm --version` says. */
export function showVersion(argv: readonly string[]): void {
  const { json, events } = readGlobalFlags(argv)
  const version = cpmVersion()
  stdout.write(`${json || events ? JSON.stringify(successResult({ version })) : version}\n`)
}

const GLOBAL_FLAGS = ['--json', '--events', '-q', '--quiet', '--debug', '-h', '--help']

/** What `cpm` without a command says: the list of commands, or what is wrong with the word that was given. */
export async function showOverview(argv: readonly string[], words: readonly string[]): Promise<void> {
  const { overview } = await import('./overview.ts')
  const [word] = words.filter((text) => !text.startsWith('-'))
  const groups = COMMANDS.filter(({ name }) => name.startsWith(`${word ?? ''} `))
  const flags = readGlobalFlags(argv)
  if (word === undefined) {
    const unknown = argv.find((flag) => !GLOBAL_FLAGS.includes(flag))
    if (unknown !== undefined)
      printError(new CpmError('USAGE', `unknown option ${unknown}`, { hint: 'cpm help' }), flags)
    else if (argv.includes('--help') || argv.includes('-h')) {
      stdout.write(
        flags.json ? `${JSON.stringify(successResult({ topic: null, text: overview().trimEnd() }))}\n` : overview(),
      )
    } else if (flags.json || flags.events)
      printError(new CpmError('USAGE', 'no command was given', { hint: 'cpm help' }), flags)
    else {
      stdout.write(overview())
      process.exitCode = 2
    }
    return
  }
  const names = COMMANDS.map(({ name }) => name)
  const error =
    groups.length > 0
      ? new CpmError(
          'USAGE',
          `cpm ${word} needs one of: ${groups.map(({ name }) => name.slice(word.length + 1)).join(', ')}`,
          { hint: `cpm help ${word}` },
        )
      : new CpmError('USAGE', `there is no command ${word}${didYouMean(word, names)}`, { hint: 'cpm help' })
  printError(error, flags)
}

function printError(thrown: unknown, flags: GlobalFlags): void {
  const error = asCpmError(thrown)
  if (flags.json || flags.events) stdout.write(`${JSON.stringify(failureResult(error))}\n`)
  else
    stderr.write(`${renderError(error, styleFor(wantsColor(stderr, env)), flags.debug || error.code === 'INTERNAL')}\n`)
  process.exitCode = exitCodeOf(error)
}

function createScreen(): Screen {
  return {
    isTTY: stdout.isTTY,
    style: styleFor(wantsColor(stdout, env)),
    write: (text) =>
      new Promise((resolve) => {
        stdout.write(text, (error) => {
          resolve(!error)
        })
      }),
  }
}

function createEmit(flags: GlobalFlags) {
  if (flags.events) return createEventWriter((line) => stdout.write(`${line}\n`))
  const verbosity = flags.quiet ? 'quiet' : flags.json ? 'warnings' : 'normal'
  return createReporter((line) => stderr.write(`${line}\n`), styleFor(wantsColor(stderr, env)), verbosity)
}

/** The first signal asks the work to stop cleanly, a second one ends the process at once, and what programs it has started. */
function listenForInterruption(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (name: NodeJS.Signals) => {
    // eslint-disable-next-line no-restricted-properties -- nothing is waited for, and exit handlers end what was started
    if (controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort(new CpmError('INTERRUPTED', `interrupted by ${name}`, { hint: 'run the command again' }))
  }
  for (const name of signals) process.on(name, onSignal)
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of signals) process.off(name, onSignal)
    },
  }
}
