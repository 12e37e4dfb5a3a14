import type { Result } from '../../schema/result.ts'
import { ERRORS, EXIT } from '../../schema/errors.ts'
import { CpmError, systemError } from '../../core/errors.ts'
import { oneLine, printable } from '../../core/printable.ts'
import { messageWithFrames } from './code-frame.ts'
import { sourceStack } from './source-stack.ts'
import type { Style } from './style.ts'

/** Converts any failure to a CpmError. Anything that is not one yet is a bug, a system error or an interruption. */
export function asCpmError(error: unknown): CpmError {
  if (error instanceof CpmError) return error
  if (error instanceof Error && error.name === 'AbortError') {
    return new CpmError('INTERRUPTED', 'interrupted', {
      hint: 'run the command again: it starts from a clean state',
      cause: error,
    })
  }
  // An unwrapped system error still names its file.
  const ofSystem = systemError(error)
  if (ofSystem) return ofSystem
  const message = error instanceof Error ? error.message : String(error)
  return new CpmError('INTERNAL', `internal error: ${message}`, {
    hint: 'this is a bug: run the command again with --debug and report it',
    cause: error,
  })
}

const USUAL_WIDTH = 100

/** Renders an error for people: its code, message and hint, and with `debug` the stack traces of its causes. */
export function renderError(error: CpmError, style: Style, debug: boolean, width = USUAL_WIDTH): string {
  const lines = [`${style('red', `error[${error.code}]:`)} ${printable(messageWithFrames(error, width))}`]
  lines.push(`  ${style('dim', 'hint:')} ${oneLine(hintOf(error))}`)
  if (debug) lines.push(...stacks(error))
  return lines.join('\n')
}

function stacks(error: unknown): string[] {
  const lines: string[] = []
  for (let next = error; next instanceof Error; next = next.cause)
    lines.push(printable(sourceStack(next.stack ?? next.message)))
  return lines
}

export function successResult(data: unknown): Result {
  return { schemaVersion: 1, success: true, data: data ?? null, error: null }
}

export function failureResult(error: CpmError): Result {
  return { schemaVersion: 1, success: false, data: null, error: { ...error.toJSON(), hint: hintOf(error) } }
}

/** Returns the error's hint, or the command that explains its code. */
function hintOf({ code, hint }: CpmError): string {
  return hint ?? (code === 'USAGE' ? 'cpm help' : `cpm help ${code}`)
}

export function exitCodeOf(error: CpmError): number {
  return EXIT[ERRORS[error.code].exit]
}
