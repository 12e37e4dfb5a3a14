import type { IncomingMessage } from 'node:http'
import { CpmError } from '../../src/core/errors.ts'

/** Headers that say one thing. Of two, a proxy before us may heed the other one than we do. */
const SINGLE = new Set(['host', 'authorization', 'content-type', 'content-length', 'range', 'if-range'])

/** The error for a request that gives one of them twice; undefined for every other. */
export function repeatedHeader({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): CpmError | undefined {
  const seen = new Set<string>()
  for (const [index, text] of rawHeaders.entries()) {
    const name = text.toLowerCase()
    if (index % 2 === 1 || !SINGLE.has(name)) continue
    if (seen.has(name)) return new CpmError('REQUEST_INVALID', `the header ${name} is given twice`)
    seen.add(name)
  }
  return undefined
}
