import type { IncomingMessage } from 'node:http'
import { CpmError } from '../../src/core/errors.ts'

/** Headers that may occur only once. With two of them, a proxy could use a different one than we do. */
const SINGLE = new Set(['host', 'authorization', 'content-type', 'content-length', 'range', 'if-range'])

/** Returns an error if a request repeats one of them. */
export function repeatedHeader({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): CpmError | undefined {
  const seen = new Set<string>()
  for (const [index, text] of rawHeaders.entries()) {
    const name = text.toLowerCase()
    if (index % 2 === 1 || !SINGLE.has(name)) continue
    if (seen.has(name)) return new CpmError('REQUEST_INVALID', `the header ${name} occurs twice`)
    seen.add(name)
  }
  return undefined
}
