import { type ErrorCode, type ErrorDocument, ERRORS, EXIT } from '../schema/errors.ts'

interface ErrorOptions {
  /** one thing the reader can type or do; left out when nothing is known to help */
  hint?: string | undefined
  /** facts for `--json`; never a secret */
  details?: Record<string, unknown>
  cause?: unknown
}

/** An error that a user can act on. Anything else that is thrown is a bug. */
export class CpmError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: Record<string, unknown>

  /** `message` is a fact in lower case without a full stop, with the names involved. */
  constructor(code: ErrorCode, message: string, { hint, details = {}, cause }: ErrorOptions = {}) {
    super(message, { cause })
    this.name = 'CpmError'
    this.code = code
    this.hint = hint
    this.details = details
  }

  get exitCode(): number {
    return EXIT[ERRORS[this.code].exit]
  }

  toJSON(): ErrorDocument {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(Object.keys(this.details).length > 0 && { details: this.details }),
    }
  }

  /** Makes the error again from its document: worker threads and servers send errors as documents. */
  static fromJSON({ code, message, hint, details }: ErrorDocument): CpmError {
    return new CpmError(code, message, { hint, ...(details && { details }) })
  }
}

/** The code of a failed system call, such as ENOENT, or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}

/**
 * Wraps a failed system call once, where the file is known.
 * @param verb what was being done, as in "cannot read"
 */
export function fileError(error: unknown, verb: string, file: string): CpmError {
  if (error instanceof CpmError) return error
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new CpmError('DISK_FULL', `cannot ${verb} ${file}: no room on the disk (${code})`, {
      details: { file },
      cause: error,
    })
  }
  const reason = code ?? (error instanceof Error ? error.message : String(error))
  return new CpmError('FILE_UNREADABLE', `cannot ${verb} ${file}: ${reason}`, { details: { file }, cause: error })
}
