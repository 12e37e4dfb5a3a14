import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * A token is `cpm_`, 32 random bytes and a checksum. Scanners can find leaked tokens, and a typo can be distinguished
 * from a revoked token without a lookup.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FORM = /^cpm_[0-9A-Za-z]{49}$/

export function makeToken(): string {
  const body = `cpm_${base62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43)}`
  return body + checksum(body)
}

/** Returns whether a string could be a token of any registry. */
export function isTokenText(text: string): boolean {
  return FORM.test(text) && checksum(text.slice(0, -6)) === text.slice(-6)
}

/** Returns the digest that is stored instead of a token. 256 random bits need no salt and no slow hash. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function checksum(body: string): string {
  return base62(BigInt(crc32(body)), 6)
}

function base62(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = (DIGITS[Number(rest % 62n)] ?? '') + text
  return text
}
