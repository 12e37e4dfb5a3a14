import type { Path } from '../../core/yaml.ts'

/**
 * The options that set one value each. For the same path, the one later in this list wins, in whatever order they are
 * passed.
 */
export const SET_OPTIONS = ['--set-json', '--set', '--set-string', '--set-file'] as const

/** A value from an option or an answer, and its path. */
export interface SetOption {
  readonly option: (typeof SET_OPTIONS)[number] | 'answer'
  readonly path: Path
  /** a string of `--set` is converted to the declared type; all other values are used as they are */
  readonly value: unknown
}

const MAX_KEY = 512
const MAX_DEPTH = 16
/**
 * A part of a key: `.name` (with `\.` for a dot in it), `[0]`, `["a.b"]` or `['a.b']`; only the first name has no
 * dot.
 */
const STEP =
  /(?:(^|\.)((?:\\[.[\]\\=]|[^.[\]\\]|\\(?![.[\]\\=]))+)|\[(\d{1,4})\]|\["((?:[^"\\]|\\.)+)"\]|\['((?:[^'\\]|\\.)+)'\])/y

/**
 * Parses `store.url=x` or `datasets[0].name=x`. The value starts after the first `=`. It is data, never YAML or an
 * expression.
 * @param called how problems refer to the option
 * @returns a problem if the option is invalid; it does not repeat the value, which may be a secret
 */
export function parseSetOption(option: string, called = 'it'): { path: Path; text: string } | { problem: string } {
  const equals = endOfKey(option)
  if (equals < 0) return { problem: `write ${called} as key=value` }
  const key = option.slice(0, equals)
  const parsed = parseKey(key)
  return 'problem' in parsed ? parsed : { path: parsed.path, text: option.slice(equals + 1) }
}

/** Parses a key such as `store.url` or `datasets[0].name`. */
export function parseKey(key: string): { path: Path } | { problem: string } {
  if (key.length > MAX_KEY) return { problem: `a key is longer than ${MAX_KEY} characters` }
  const path = parsePath(key)
  if (!path)
    return { problem: `${JSON.stringify(key)} is not a valid key: write it like size, store.url or datasets[0].name` }
  if (path.length > MAX_DEPTH) return { problem: `a key has more than ${MAX_DEPTH} parts` }
  if (path.includes('__proto__')) return { problem: `the key ${key} is reserved` }
  return { path }
}

function parsePath(key: string): (string | number)[] | undefined {
  const path: (string | number)[] = []
  STEP.lastIndex = 0
  while (STEP.lastIndex < key.length) {
    const [, dot, name, index, double, single] = STEP.exec(key) ?? []
    if (name !== undefined && (dot === '') === (path.length === 0)) path.push(name.replace(/\\([.[\]\\=])/g, '$1'))
    else if (index !== undefined && path.length > 0) path.push(Number(index))
    else if ((double ?? single) !== undefined) path.push((double ?? single ?? '').replace(/\\(.)/g, '$1'))
    else return undefined
  }
  return path.length > 0 ? path : undefined
}

/** Returns where the key ends: at the first `=` that is neither escaped nor in quotes within brackets. */
function endOfKey(option: string): number {
  const [key = ''] = /^(?:\\[^]|\["(?:[^"\\]|\\.)*"\]|\['(?:[^'\\]|\\.)*'\]|[^=\\])*/.exec(option) ?? []
  return key.length < option.length ? key.length : -1
}
