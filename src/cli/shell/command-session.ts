import { createSession, isCi, type Session, type SessionParts } from '../../operations/session.ts'
import type { Reporter } from '../terminal/reporter.ts'
import { type Style, styleFor, wantsColor } from '../terminal/style.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { GlobalFlags } from './global-flags.ts'

/** Standard output, for a command that shows its result as it progresses. */
export interface Screen {
  readonly stream: NodeJS.WriteStream
  readonly style: Style
  /** Writes a part of the result. Returns false once the reader is gone. */
  write(text: string): Promise<boolean>
}

/** A session, with the terminal that the command runs in. */
export interface CommandSession extends Session {
  readonly terminal: Terminal
  /** undefined if the result must be one JSON object */
  readonly screen: Screen | undefined
}

export function createCommandSession(
  terminal: Terminal,
  flags: GlobalFlags,
  { reporter, ...parts }: Pick<SessionParts, 'signal' | 'cpmVersion' | 'pool'> & { reporter: Reporter },
): CommandSession {
  const { stdin, stderr, cwd, env } = terminal
  const isJson = flags.json || flags.events
  const isInteractive = stdin.isTTY && stderr.isTTY && !isCi(env) && !isJson
  const session = createSession({
    ...parts,
    emit: reporter.emit,
    cwd,
    env,
    prompts: isInteractive ? createPrompts(terminal, reporter, parts.signal) : undefined,
    readInput: async () => {
      const { readStandardInput } = await import('../terminal/standard-input.ts')
      return await readStandardInput(stdin)
    },
  })
  return { ...session, terminal, screen: isJson ? undefined : createScreen(terminal) }
}

/** Prompts are rare, so their code loads with the first question. */
function createPrompts(terminal: Terminal, reporter: Reporter, signal: AbortSignal): Session['prompts'] {
  return {
    confirm: (question) =>
      reporter.aside(async () => {
        const { confirm } = await import('../terminal/confirm.ts')
        return await confirm(terminal, question, signal)
      }),
    askLine: (question) =>
      reporter.aside(async () => {
        const { askLine } = await import('../terminal/ask-line.ts')
        return await askLine(terminal, question, signal)
      }),
    ask: (questions) =>
      reporter.aside(async () => {
        const { askQuestions } = await import('../terminal/ask-inputs.ts')
        const { stdin: input, stderr: output, env } = terminal
        await askQuestions(questions, { input, output, color: wantsColor(output, env), signal })
      }),
  }
}

function createScreen({ stdout, env }: Terminal): Screen {
  return {
    stream: stdout,
    style: styleFor(wantsColor(stdout, env)),
    write: (text) =>
      new Promise((resolve) => {
        stdout.write(text, (error) => {
          resolve(!error)
        })
      }),
  }
}
