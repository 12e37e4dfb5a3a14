import fs from 'node:fs'
import { fileError } from '../core/errors.ts'

/** The first line of a script, `#!/path/to/interpreter argument`, as the system reads it. */
export interface ScriptLine {
  /** an absolute path; a carriage return at its end belongs to its name */
  readonly interpreter: string
  readonly argument: string
  /** whether a byte order mark precedes #!, so that the system does not see the line */
  readonly hasByteOrderMark: boolean
  /** whether the line ends with a carriage return, as in a file from Windows */
  readonly endsWithReturn: boolean
}

/** Linux reads 256 bytes of the line; other systems read up to 512. */
const HEAD_BYTES = 512

/** Returns the first bytes of a file, for `scriptLine`. @throws CpmError FILE_UNREADABLE */
export function readHead(file: string): Buffer {
  let fd: number | undefined
  try {
    fd = fs.openSync(file, 'r')
    const buffer = Buffer.alloc(HEAD_BYTES)
    return buffer.subarray(0, fs.readSync(fd, buffer, 0, HEAD_BYTES, 0))
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

/** Returns the #! line of a file by its first bytes. A line that is longer than these is not read. */
export function scriptLine(head: Buffer): ScriptLine | undefined {
  const text = head.toString('utf8')
  const end = text.indexOf('\n')
  if (end < 0 && head.length >= HEAD_BYTES) return undefined
  const line = end < 0 ? text : text.slice(0, end)
  const [, mark, interpreter, argument = ''] = /^(\ufeff?)#![ \t]*(\/[^ \t]*)[ \t]*(.*)$/s.exec(line) ?? []
  if (interpreter === undefined) return undefined
  return { interpreter, argument, hasByteOrderMark: mark !== '', endsWithReturn: line.endsWith('\r') }
}

/** Returns whether a file starts with #!, so that it is executable in a package. */
export function isScript(head: Buffer): boolean {
  return head.subarray(0, 2).toString('latin1') === '#!'
}
