import { exactJson } from '../../core/exact-json.ts'
import { EXIT } from '../../schema/errors.ts'
import type { Pool } from '../../core/pool.ts'
import { CpmError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { errorAnnotations, warningAnnotation } from '../terminal/annotations.ts'
import { asCpmError, exitCodeOf, failureResult, renderError, successResult } from '../terminal/output.ts'
import { createEventWriter, createReporter, describer, lineReporter, type Reporter } from '../terminal/reporter.ts'
import { styleFor, wantsColor } from '../terminal/style.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { isCi } from '../../operations/session.ts'
import { type CommandSession, createCommandSession } from './command-session.ts'
import type { Command, Shown } from './define-command.ts'
import { type GlobalFlags, readGlobalFlags } from './global-flags.ts'
import { type Parsed, parseArguments } from './program.ts'
import { cpmVersion } from '../../core/version.ts'

export interface RunParts {
  /** aborted to stop the command */
  signal: AbortSignal
  /** runs the tasks; default: the command's own threads */
  pool?: Pool | undefined
  /** whether `takeShortcut` was already asked */
  triedShortcut?: boolean
}

/** Runs a command from its arguments to its printed result. @returns the exit status */
export async function runCommand(
  command: Command,
  argv: readonly string[],
  terminal: Terminal,
  { signal, pool }: RunParts,
): Promise<number> {
  const { stdout, env } = terminal
  const flags = readGlobalFlags(argv)
  const reporter = await createReporterFor(terminal, flags)
  const parts = { reporter, signal, cpmVersion: cpmVersion(), pool }
  let session: CommandSession | undefined
  try {
    const parsed = await parsedOrExplained(command, argv)
    if (parsed.kind === 'help') {
      stdout.write(parsed.text)
      return 0
    }
    session = createCommandSession(terminal, flags, parts)
    const value = await command.run(session, parsed.input)
    await reporter.end()
    // In JSON, the escapes of `printable` mean the same characters.
    if (flags.json || flags.events)
      stdout.write(`${printable(exactJson(successResult(command.json ? command.json(value) : value)))}\n`)
    else {
      const text = command.views.human(value, styleFor(wantsColor(stdout, env)), shownIn(stdout, session))
      if (text !== '') stdout.write(`${text}\n`)
    }
    return command.exit ? EXIT[command.exit(value)] : 0
  } catch (error) {
    await reporter.end()
    // An interrupted command may have a better error, for example that its run continues.
    const isKnown = error instanceof CpmError && error.code === 'INTERRUPTED'
    return printError(terminal, signal.aborted && !isKnown ? signal.reason : error, flags)
  } finally {
    await session?.end()
  }
}

/** Parses the arguments. An unknown option may belong to another command; what knows that loads only then. */
async function parsedOrExplained(command: Command, argv: readonly string[]): Promise<Parsed> {
  try {
    return parseArguments(command, argv)
  } catch (error) {
    if (!(error instanceof CpmError) || typeof error.details.option !== 'string') throw error
    const { withOtherCommands } = await import('./option-elsewhere.ts')
    throw withOtherCommands(error, command.name, error.details.option)
  }
}

/** Prints an error in the format that the flags select. @returns its exit status */
export function printError(terminal: Terminal, thrown: unknown, flags: GlobalFlags): number {
  const { stdout, stderr, env } = terminal
  const error = asCpmError(thrown)
  for (const line of errorAnnotations(error, terminal)) stderr.write(`${line}\n`)
  if (flags.json || flags.events) stdout.write(`${printable(JSON.stringify(failureResult(error)))}\n`)
  else
    stderr.write(
      `${renderError(error, styleFor(wantsColor(stderr, env)), flags.debug || error.code === 'INTERNAL', stderr.columns)}\n`,
    )
  return exitCodeOf(error)
}

function shownIn(stdout: Terminal['stdout'], { since }: CommandSession): Shown {
  return { seconds: (Date.now() - since) / 1000, columns: stdout.isTTY ? stdout.columns : Infinity }
}

/** Chooses a reporter: lines of JSON, a drawing in a terminal, or plain lines everywhere else. */
async function createReporterFor(terminal: Terminal, flags: GlobalFlags): Promise<Reporter> {
  const { stdout, stderr, env } = terminal
  if (flags.events) return lineReporter(createEventWriter((line) => stdout.write(`${line}\n`)))
  const style = styleFor(wantsColor(stderr, env))
  const isDrawn = stdout.isTTY && stderr.isTTY && env.get('TERM') !== 'dumb' && !isCi(env)
  if (isDrawn && !flags.quiet && !flags.json) {
    const { LiveReporter } = await import('../terminal/live-reporter.ts')
    return new LiveReporter({ stream: stderr, style, describe: describer(style, 'normal') })
  }
  const verbosity = flags.quiet ? 'quiet' : flags.json ? 'warnings' : 'normal'
  const emit = createReporter((line) => stderr.write(`${line}\n`), style, verbosity)
  return lineReporter((event) => {
    const annotation = warningAnnotation(event, terminal)
    if (annotation !== undefined) stderr.write(`${annotation}\n`)
    emit(event)
  })
}
