import fs from 'node:fs'
import { fileError } from '../core/errors.ts'
import { NAME_RULES, TEMPLATE_NAME } from './secret-rules.ts'
import { type SecretMatch, SecretScanner } from './secret-scanner.ts'

const PIECE = 1024 * 1024
const NEWLINE = 0x0a

/** Why a file looks like a secret, by its name or by all of its contents; undefined when it does not. */
export function looksLikeSecret(file: string, relative: string): string | undefined {
  const byName = secretByName(relative)
  if (byName !== undefined) return byName
  const finding = scanFile(file, relative)
  return finding && `it holds ${finding.what}${lineOf(file, finding)}`
}

/** Why a file looks like a secret by its name alone. */
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

/** ` on line 3`; nothing for what begins a file. The secret itself is never repeated. */
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

/** Each piece is good until the next one is asked for. */
function* piecesOf(file: string): Generator<Uint8Array> {
  let fd: number | undefined
  try {
    // A pipe that took the file's place is not waited for.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
    const { size } = fs.fstatSync(fd)
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, size + 1))
    for (let read = fs.readSync(fd, buffer); read > 0; read = fs.readSync(fd, buffer)) yield buffer.subarray(0, read)
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}
