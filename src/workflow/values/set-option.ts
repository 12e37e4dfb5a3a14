import type { Path } from '../../core/yaml.ts'

/** One `--set key=value`: where the value goes, and its text. A value is data: it is never read as YAML or an expression. */
export interface SetOption {
  readonly path: Path
  readonly text: string
}

const MAX_KEY = 512
const MAX_DEPTH = 16
const KEY = /^[^.[\]]+(?:\.[^.[\]]+|\[\d{1,4}\])*$/
const STEP = /\[(\d{1,4})\]|[^.[\]]+/g

/**
 * Reads `store.url=x` or `datasets[0].name=x`; the value begins after the first `=`.
 * @returns a fact without the value, which may be a secret, when it can't be read
 */
export function parseSetOption(option: string): SetOption | { problem: string } {
  const equals = option.indexOf('=')
  if (equals < 0) return { problem: 'one of them has no =: write key=value' }
  const key = option.slice(0, equals)
  if (key.length > MAX_KEY) return { problem: `a key is longer than ${MAX_KEY} characters` }
  const path = parsePath(key)
  if (!path) return { problem: `${JSON.stringify(key)} is not a key: write it as size, store.url or datasets[0].name` }
  if (path.length > MAX_DEPTH) return { problem: `a key has more than ${MAX_DEPTH} parts` }
  if (path.includes('__proto__')) return { problem: `the key ${key} is reserved` }
  return { path, text: option.slice(equals + 1) }
}

function parsePath(key: string): (string | number)[] | undefined {
  if (!KEY.test(key)) return undefined
  return [...key.matchAll(STEP)].map(([name, index]) => (index === undefined ? name : Number(index)))
}
