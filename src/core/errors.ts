import path from 'node:path'
import { type ErrorCode, ERRORS, EXIT } from '../schema/errors.ts'
import type { ErrorDocument } from '../schema/error-document.ts'
import { blockerOf } from './blocker.ts'
import { shellPath } from './shell-word.ts'

interface ErrorOptions {
  /** one thing to type or do; omitted if there is nothing to suggest */
  hint?: string | undefined
  /** facts for `--json`; never a secret */
  details?: Record<string, unknown>
  cause?: unknown
}

/** An error that a user can act on. Any other exception is a bug. */
export class CpmError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly details: Record<string, unknown>

  /** @param message what happened, in lower case without a period, with the names involved */
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

  /** Recreates an error from its document, which is how worker threads and servers send errors. */
  static fromJSON({ code, message, hint, details }: ErrorDocument): CpmError {
    return new CpmError(code, message, { hint, ...(details && { details }) })
  }
}

/** Returns the code of a failed system call, such as ENOENT, or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}

/** Plain words for common system errors. Others are reported by their code. */
const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'it is on a read-only file system',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the quota is used up',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'it already exists',
  ELOOP: 'its links form a loop',
  ENAMETOOLONG: 'its path is too long',
  EIO: 'the disk reported an error',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ETXTBSY: 'the program is running',
  EBUSY: 'it is in use',
}

/** System calls and verbs that only read. */
const READS = /^(?:read|open|stat|lstat|fstat|access|scandir|opendir|readlink|realpath|readdir)(?: |$)/

/**
 * Wraps a failed system call where the file is known. Returns a CpmError unchanged.
 * @param verb the attempted action, as in "cannot read"
 */
export function fileError(error: unknown, verb: string, file: string): CpmError {
  if (error instanceof CpmError) return error
  const code = systemCode(error)
  const blocker = blockerIn(error, file)
  const known = blocker === undefined ? REASONS[code ?? ''] : isNoFolder(blocker, file)
  const message = error instanceof Error ? error.message : String(error)
  const reason = known === undefined ? (code ?? message) : `${known} (${code})`
  return new CpmError(fileErrorCode(code, verb), `cannot ${verb} ${file}: ${reason}`, {
    ...(blocker !== undefined && {
      hint: `move it away, or choose another path: mv ${shellPath(blocker)} ${shellPath(`${blocker}.old`)}`,
    }),
    details: { file, ...(blocker !== undefined && { blocker }) },
    cause: error,
  })
}

/** Returns the file in the place of a folder that made a system call fail. */
function blockerIn(error: unknown, file: string): string | undefined {
  const { code, syscall, path: from, dest } = error as NodeJS.ErrnoException & { dest?: string }
  if (code !== 'ENOTDIR' && !(code === 'EEXIST' && syscall === 'mkdir')) return undefined
  for (const part of [from, dest, file]) {
    const blocker = part !== undefined && path.isAbsolute(part) ? blockerOf(part) : undefined
    if (blocker !== undefined) return blocker
  }
  return undefined
}

function isNoFolder(blocker: string, file: string): string {
  return `${blocker === file ? 'it' : blocker} is not a folder`
}

/** What system calls do, for errors that are not wrapped where they happen. Other calls change something. */
const VERBS: Readonly<Record<string, string>> = {
  ...{ mkdir: 'create', mkdtemp: 'create', symlink: 'create', link: 'create' },
  ...{ rename: 'move', copyfile: 'copy', cp: 'copy', unlink: 'remove', rm: 'remove', rmdir: 'remove' },
}

/** Wraps a failed system call that names its file. Returns undefined for any other error. */
export function systemError(error: unknown): CpmError | undefined {
  const { syscall, path: file } = error as NodeJS.ErrnoException
  if (!(error instanceof Error) || syscall === undefined || file === undefined) return undefined
  return fileError(error, READS.test(syscall) ? 'read' : (VERBS[syscall] ?? 'write'), file)
}

function fileErrorCode(code: string | undefined, verb: string): ErrorCode {
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'DISK_FULL'
  if (code === 'EROFS') return 'READ_ONLY'
  return READS.test(verb) ? 'FILE_UNREADABLE' : 'FILE_UNWRITABLE'
}

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS'])

/** Returns whether an error means that nothing can be written to a place, not only that one attempt failed. */
export function isNotWritable(error: unknown): boolean {
  return error instanceof CpmError && NOT_WRITABLE.has(systemCode(error.cause) ?? '')
}

/** Records something that others rely on. Does nothing in a place that is not writable, such as a read-only home. */
export function ifWritable(note: () => void): void {
  try {
    note()
  } catch (error) {
    if (!isNotWritable(error)) throw error
  }
}

/** Does something that only saves work later, or cleans up. If the file system refuses it, nothing is lost. */
export function ifPossible(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof CpmError) && systemCode(error) === undefined) throw error
  }
}
