import type { Node } from './syntax.ts'

/** A call whose arguments are not all evaluated first: loops, and calls that evaluate an argument only when needed. */
export type Macro =
  | {
      readonly kind: 'loop'
      readonly loop: Loop
      /** the list or map to iterate over */
      readonly over: Node
      /** one for the items of a list or the keys of a map; two for index and item, or key and value */
      readonly variables: readonly string[]
      readonly filter: Node | undefined
      readonly body: Node
    }
  | { readonly kind: 'has'; readonly field: Node }
  | { readonly kind: 'bind'; readonly variable: string; readonly value: Node; readonly body: Node }
  /** `or` and `orValue` */
  | { readonly kind: 'else'; readonly optional: Node; readonly other: Node; readonly isOptional: boolean }
  /** `optMap` and `optFlatMap` */
  | {
      readonly kind: 'then'
      readonly optional: Node
      readonly variable: string
      readonly body: Node
      readonly isFlat: boolean
    }

export type Loop = 'all' | 'exists' | 'existsOne' | 'map' | 'filter' | 'transformMap' | 'transformMapEntry' | 'sortBy'

/** What a macro takes, for messages and docs. */
const LOOPS: Readonly<Record<string, { loop: Loop; variables: readonly number[]; canFilter?: true }>> = {
  all: { loop: 'all', variables: [1, 2] },
  exists: { loop: 'exists', variables: [1, 2] },
  existsOne: { loop: 'existsOne', variables: [1, 2] },
  exists_one: { loop: 'existsOne', variables: [1, 2] },
  map: { loop: 'map', variables: [1], canFilter: true },
  filter: { loop: 'filter', variables: [1] },
  transformList: { loop: 'map', variables: [2], canFilter: true },
  transformMap: { loop: 'transformMap', variables: [2], canFilter: true },
  transformMapEntry: { loop: 'transformMapEntry', variables: [2], canFilter: true },
  sortBy: { loop: 'sortBy', variables: [1] },
}

const FORMS: Readonly<Record<string, string>> = {
  has: 'has(inputs.name)',
  all: 'list.all(x, condition) or list.all(i, x, condition)',
  exists: 'list.exists(x, condition) or list.exists(i, x, condition)',
  existsOne: 'list.existsOne(x, condition) or list.existsOne(i, x, condition)',
  exists_one: 'list.exists_one(x, condition)',
  map: 'list.map(x, value) or list.map(x, condition, value)',
  filter: 'list.filter(x, condition)',
  transformList: 'list.transformList(i, x, value) or list.transformList(i, x, condition, value)',
  transformMap: 'map.transformMap(k, v, value) or map.transformMap(k, v, condition, value)',
  transformMapEntry: 'map.transformMapEntry(k, v, {key: value})',
  sortBy: 'list.sortBy(x, key)',
  or: 'optional.or(other optional)',
  orValue: 'optional.orValue(value)',
  optMap: 'optional.optMap(x, value)',
  optFlatMap: 'optional.optFlatMap(x, optional)',
  'cel.bind': 'cel.bind(x, value, expression)',
}

export const MACRO_FUNCTIONS: readonly string[] = ['has', 'cel.bind']
export const MACRO_METHODS: readonly string[] = Object.keys(FORMS).filter((name) => !MACRO_FUNCTIONS.includes(name))

export type MacroReading = { macro: Macro; problem: undefined } | { macro: undefined; problem: string }

/** Reads the arguments of a macro with function syntax. */
export function readMacroFunction(name: string, args: readonly Node[]): MacroReading {
  const [first, value, body] = args
  if (name === 'has' && args.length === 1 && first?.kind === 'field')
    return { macro: { kind: 'has', field: first }, problem: undefined }
  if (name === 'cel.bind' && args.length === 3 && first?.kind === 'name' && value && body)
    return { macro: { kind: 'bind', variable: first.name, value, body }, problem: undefined }
  return misused(name)
}

/** Reads the arguments of a macro with method syntax. */
export function readMacroMethod(owner: Node, name: string, args: readonly Node[]): MacroReading {
  const [first, second] = args
  if ((name === 'or' || name === 'orValue') && first && args.length === 1)
    return { macro: { kind: 'else', optional: owner, other: first, isOptional: name === 'or' }, problem: undefined }
  if ((name === 'optMap' || name === 'optFlatMap') && first?.kind === 'name' && second && args.length === 2) {
    const isFlat = name === 'optFlatMap'
    return { macro: { kind: 'then', optional: owner, variable: first.name, body: second, isFlat }, problem: undefined }
  }
  const form = Object.hasOwn(LOOPS, name) ? LOOPS[name] : undefined
  const body = args.at(-1)
  if (!form || !body) return misused(name)
  const count = form.variables.find((n) => args.length === n + 1 || (form.canFilter && args.length === n + 2))
  const names = args.slice(0, count ?? 0).flatMap((arg) => (arg.kind === 'name' ? [arg.name] : []))
  if (count === undefined || names.length !== count || new Set(names).size !== count) return misused(name)
  const filter = args.length === count + 2 ? args.at(-2) : undefined
  return { macro: { kind: 'loop', loop: form.loop, over: owner, variables: names, filter, body }, problem: undefined }
}

function misused(name: string): MacroReading {
  return { macro: undefined, problem: `write ${FORMS[name] ?? name}` }
}
