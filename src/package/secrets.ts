import fs from 'node:fs'
import { fileError } from '../core/errors.ts'
import { NAME_RULES, TEMPLATE_NAME } from './secret-rules.ts'
import { type SecretMatch, SecretScanner } from './secret-scanner.ts'

const PIECE = 1024 * 1024
const NEWLINE = 0x0a
/** Used for one file after another: a package has thousands. */
let buffer: Buffer | undefined

/** Returns why a file looks like a secret, by its name or contents, or undefined if it does not. */
export function looksLikeSecret(file: string, relative: string): string | undefined {
  const byName = secretByName(relative)
  if (byName !== undefined) return byName
  const finding = scanFile(file, relative)
  return finding && `it contains ${finding.what}${lineOf(file, finding)}`
}

/** Returns why a file looks like a secret by its name alone. */
export function secretByName(relative: string): string | undefined {
  if (TEMPLATE_NAME.test(relative)) return undefined
  const rule = NAME_RULES.find(({ path }) => path.test(relative))
  return rule && `it is ${rule.what}`
}

function scanFile(file: string, relative: string): SecretMatch | undefined {
  const scanner = new SecretScanner()
  for (const piece of piecesOf(file)) {
    scanner.push(piece)
    if (scanner.finding) return scanner.finding
  }
  return scanner.end(relative)
}

/** Returns ` on line 3`, or an empty string at the start of a file. The secret itself is never shown. */
function lineOf(file: string, { at }: SecretMatch): string {
  if (at === 0) return ''
  let line = 1
  let left = at
  for (const piece of piecesOf(file)) {
    for (const byte of piece.subarray(0, left)) if (byte === NEWLINE) line++
    left -= piece.length
    if (left <= 0) break
  }
  return ` on line ${line}`
}

/** Reads a file in pieces. Each piece is valid until the next one is requested. */
function* piecesOf(file: string): Generator<Uint8Array> {
  let fd: number | undefined
  try {
    // Don't wait if a pipe has replaced the file.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    buffer ??= Buffer.allocUnsafeSlow(PIECE)
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) yield buffer.subarray(0, read)
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}
