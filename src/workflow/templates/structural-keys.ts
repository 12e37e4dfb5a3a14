import { didYouMean } from '../../core/did-you-mean.ts'
import { SCOPE_NAMES } from './scope.ts'

const REFERENCES = ['$all', '$roots', '$leaves']

/** The keys that control a template's structure (docs/workflows.md, "Structure"). */
export const STRUCTURAL_KEYS = ['$for', '$do', '$if', '$let', '$merge', '$include', '$as', '$id', ...REFERENCES]

export function isReferenceKey(key: string): boolean {
  return REFERENCES.includes(key)
}

export function unknownKeyProblem(key: string): string {
  return `there is no structural key ${key}${didYouMean(key, STRUCTURAL_KEYS)} (a plain key that starts with $ is written $$)`
}

/** Reports keys that are not allowed in the same map. `keys` are the structural keys of the map. */
export function combinationProblem(
  keys: ReadonlySet<string>,
  plain: readonly string[],
): { key: string; message: string } | undefined {
  const wrong = (key: string, message: string) => ({ key, message })
  const reference = [...keys].find(isReferenceKey)
  if (reference !== undefined && keys.size + plain.length > 1)
    return wrong(reference, `${reference} must be the only key of its map, as in { ${reference}: prep }`)
  if (keys.has('$as') && !keys.has('$include')) return wrong('$as', '$as is allowed only next to $include')
  for (const key of ['$do', '$include']) {
    if (!keys.has(key)) continue
    const body = ['$do', '$merge', '$include'].find((other) => other !== key && keys.has(other))
    if (body !== undefined) return wrong(key, `${key} and ${body} can't be in the same map`)
    const other = plain.find((name) => key === '$do' || name !== 'conditions')
    if (other !== undefined) return wrong(key, `${other} is not allowed next to ${key}`)
  }
  return undefined
}

const RESERVED = new Set(
  'as break const continue else false for function if import in let loop namespace null package return true var void while'.split(
    ' ',
  ),
)

/** Returns why a name can't be the name of a variable. */
export function variableProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    return `${name} is not a valid name for a variable: use letters, digits and _`
  if (RESERVED.has(name)) return `${name} is a reserved word: choose another name`
  if (SCOPE_NAMES.includes(name)) return `${name} is taken: choose another name`
  return undefined
}

/** Parses `x in list` or `x, i in list`. */
export function parseLoop(text: string): { variable: string; index: string | undefined; list: string } | undefined {
  const match = /^\s*([^\s,]+)\s*(?:,\s*([^\s,]+)\s*)?\sin\s+(\S[^]*)$/.exec(text)
  const [, variable, index, list] = match ?? []
  return variable === undefined || list === undefined ? undefined : { variable, index, list: list.trimEnd() }
}

/** Whether a string is `_partial.yaml`, a package, or `package:file`. */
export function isIncludeTarget(text: string): boolean {
  return /^(?:_[A-Za-z0-9._-]+|(?:@[a-z0-9-]+\/)?[a-z0-9][a-z0-9-]*(?::[A-Za-z0-9_][A-Za-z0-9._-]*)?)$/.test(text)
}
