import { didYouMean } from '../../core/did-you-mean.ts'
import { SCOPE_NAMES } from './scope.ts'

const REFERENCES = ['$all', '$roots', '$leaves']

/** The keys that decide a template's structure (docs/workflows.md, "Structure"). */
export const STRUCTURAL_KEYS = ['$for', '$do', '$if', '$let', '$merge', '$include', '$as', '$id', ...REFERENCES]

export function isReferenceKey(key: string): boolean {
  return REFERENCES.includes(key)
}

export function unknownKeyProblem(key: string): string {
  return `there is no structural key ${key}${didYouMean(key, STRUCTURAL_KEYS)} (a plain key that begins with $ is written $$)`
}

/** Which structural and plain keys may not stand in one map. `keys` are those that are there. */
export function combinationProblem(
  keys: ReadonlySet<string>,
  plain: readonly string[],
): { key: string; message: string } | undefined {
  const wrong = (key: string, message: string) => ({ key, message })
  const reference = [...keys].find(isReferenceKey)
  if (reference !== undefined && keys.size + plain.length > 1)
    return wrong(reference, `${reference} stands alone in its map, as { ${reference}: prep }`)
  if (keys.has('$as') && !keys.has('$include')) return wrong('$as', '$as belongs to $include')
  for (const key of ['$do', '$include']) {
    if (!keys.has(key)) continue
    const body = ['$do', '$merge', '$include'].find((other) => other !== key && keys.has(other))
    if (body !== undefined) return wrong(key, `${key} and ${body} can't stand in one map`)
    const other = plain.find((name) => key === '$do' || name !== 'conditions')
    if (other !== undefined) return wrong(key, `${other} can't stand beside ${key}`)
  }
  return undefined
}

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
)

/** Why a name can't be that of a variable. */
export function variableProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `${name} is not a name for a variable: letters, digits and _`
  if (RESERVED.has(name)) return `${name} is a word of the language and no name for a variable`
  if (SCOPE_NAMES.includes(name)) return `${name} is taken: choose another name`
  return undefined
}

/** `x in list` or `x, i in list`; `start` is where the list's expression begins. */
export function parseLoop(text: string): { variable: string; index: string | undefined; list: string } | undefined {
  const match = /^\s*([^\s,]+)\s*(?:,\s*([^\s,]+)\s*)?\sin\s+(\S[^]*)$/.exec(text)
  const [, variable, index, list] = match ?? []
  return variable === undefined || list === undefined ? undefined : { variable, index, list: list.trimEnd() }
}

/** `_partial.yaml`, a package, or `package:file` */
export function isIncludeTarget(text: string): boolean {
  return /^(?:_[A-Za-z0-9._-]+|(?:@[a-z0-9-]+\/)?[a-z0-9][a-z0-9-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?)$/.test(text)
}
