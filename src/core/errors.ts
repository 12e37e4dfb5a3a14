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

/** What people call the failures that they meet; others are told by the system's code alone. */
const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'the system does not permit it',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'no room on the disk',
  EDQUOT: 'the quota is used up',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'something else is there',
  ELOOP: 'its links lead round in a circle',
  ENAMETOOLONG: 'its path is too long',
  EIO: 'the disk reported an error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ETXTBSY: 'it is being run',
  EBUSY: 'it is in use',
}

/** System calls and verbs by which nothing is changed. */
const READS = /^(?:read|open|stat|lstat|fstat|access|scandir|opendir|readlink|realpath|readdir)(?: |$)/

/**
 * Wraps a failed system call once, where the file is known.
 * @param verb what was being done, as in "cannot read"
 */
export function fileError(error: unknown, verb: string, file: string): CpmError {
  if (error instanceof CpmError) return error
  const code = systemCode(error)
  const known = code === undefined ? undefined : REASONS[code]
  const message = error instanceof Error ? error.message : String(error)
  const reason = known === undefined ? (code ?? message) : `${known} (${code})`
  return new CpmError(fileErrorCode(code, verb), `cannot ${verb} ${file}: ${reason}`, {
    details: { file },
    cause: error,
  })
}

function fileErrorCode(code: string | undefined, verb: string): ErrorCode {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'DISK_FULL'
  if (code === 'EROFS') return 'READ_ONLY'
  return READS.test(verb) ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE'
}

/** Whether something could not be written where only reading is allowed. */
export function isNotWritable(error: unknown): boolean {
  return error instanceof CpmError && (error.code === 'READ_ONLY' || error.code === 'FILE_UNWRITABLE')
}

/** Does work that only notes something for later: where nothing can be written, as in a read-only home, it is left. */
export function ifWritable(note: () => void): void {
  try {
    note()
  } catch (error) {
    if (!isNotWritable(error)) throw error
  }
}
