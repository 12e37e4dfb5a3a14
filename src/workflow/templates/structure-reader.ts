import { isMap, isScalar, isSeq, type Scalar as YamlScalar } from 'yaml'
import type { Place } from './rendered.ts'
import { combinationProblem, isIncludeTarget, isReferenceKey, parseLoop, variableProblem } from './structural-keys.ts'
import type {
  Body,
  Include,
  Let,
  Loop,
  Reference,
  TemplateEntry,
  TemplateExpression,
  TemplateNode,
} from './template-node.ts'

/** A structural key and its value. */
export interface RawEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly value: unknown
}

type Plain = TemplateNode & { readonly kind: 'scalar' | 'text' }

/** The reader of the whole template, which reads everything except structure. */
interface NodeReader {
  read(node: unknown, fallback: Place): TemplateNode
  expression(source: string, node: YamlScalar, place: Place): TemplateExpression
  placeOf(node: unknown, fallback: Place): Place
  report(place: Place, message: string): void
}

/** Reads maps that have structural keys. */
export class StructureReader {
  readonly #reader: NodeReader

  constructor(reader: NodeReader) {
    this.#reader = reader
  }

  read(structural: readonly RawEntry[], entries: readonly TemplateEntry[], place: Place): TemplateNode {
    const raw = new Map(structural.map((entry) => [entry.key, entry]))
    const wrong = combinationProblem(
      new Set(raw.keys()),
      entries.map(({ key }) => key),
    )
    if (wrong) {
      this.#reader.report(raw.get(wrong.key)?.keyPlace ?? place, wrong.message)
      return { ...place, kind: 'scalar', value: null }
    }
    const [first] = structural
    if (first && isReferenceKey(first.key)) return { ...place, ...this.#reference(first) }
    const merge = this.#list(raw.get('$merge'))
    const body = this.#body(raw, entries, merge, place)
    const rest = ['$for', '$let', '$if', '$id'].some((key) => raw.has(key))
    if (!rest && body.kind === 'map') return body.node
    return {
      ...place,
      kind: 'structure',
      loop: this.#loop(raw.get('$for')),
      lets: this.#lets(raw.get('$let')),
      condition: this.#condition(raw.get('$if')),
      id: this.#id(raw.get('$id')),
      body,
    }
  }

  #body(
    raw: ReadonlyMap<string, RawEntry>,
    entries: readonly TemplateEntry[],
    merge: readonly TemplateNode[] | undefined,
    place: Place,
  ): Body {
    const items = this.#list(raw.get('$do'))
    if (items) return { kind: 'do', items, place: raw.get('$do')?.keyPlace ?? place }
    const include = raw.get('$include')
    if (include) return this.#include(include, entries, { as: raw.get('$as'), lets: raw.get('$let') })
    return { kind: 'map', node: { ...place, kind: 'map', entries, ...(merge && { merge }) } }
  }

  #include(
    entry: RawEntry,
    entries: readonly TemplateEntry[],
    { as, lets }: { as: RawEntry | undefined; lets: RawEntry | undefined },
  ): Include {
    const place = this.#reader.placeOf(entry.value, entry.keyPlace)
    const target = this.#literal(entry)
    const isOurs = target?.startsWith('_') !== false
    if (lets && !isOurs)
      this.#reader.report(lets.keyPlace, `$let has no effect here: ${target} sees only the inputs of its own package`)
    if (target !== undefined && !isIncludeTarget(target))
      this.#reader.report(
        place,
        `${target} can't be included: use a partial such as _part.yaml, a package, or package:file`,
      )
    const [conditions] = entries
    const kept = conditions?.node.kind === 'map' ? conditions.node.entries : []
    if (conditions && (kept.length !== 1 || kept[0]?.key !== 'dependencies'))
      this.#reader.report(conditions.keyPlace, 'next to $include, conditions may contain only dependencies')
    return {
      kind: 'include',
      target: target ?? '',
      place,
      prefix: as && this.#plain(as),
      dependencies: kept[0]?.node,
    }
  }

  #loop(entry: RawEntry | undefined): Loop | undefined {
    const text = entry && this.#expressionText(entry)
    if (text === undefined) return undefined
    const place = this.#reader.placeOf(entry?.value, entry?.keyPlace ?? text.place)
    const loop = parseLoop(text.value)
    if (!loop) {
      this.#reader.report(place, '$for must have the form: x in list, or: x, i in list')
      return undefined
    }
    const { variable, index, list } = loop
    for (const name of index === undefined ? [variable] : [variable, index]) this.#checkVariable(name, place)
    if (variable === index) this.#reader.report(place, `${variable} is the name of both the item and its index`)
    return { variable, index, list: this.#reader.expression(list, text.node, place), place }
  }

  #condition(entry: RawEntry | undefined): TemplateExpression | undefined {
    const { value } = entry ?? {}
    if (entry && isScalar(value) && typeof value.value === 'boolean')
      return this.#reader.expression(String(value.value), value, this.#reader.placeOf(value, entry.keyPlace))
    const text = entry && this.#expressionText(entry)
    return text && this.#reader.expression(text.value, text.node, text.place)
  }

  #lets(entry: RawEntry | undefined): Let[] {
    if (!entry) return []
    if (!isMap(entry.value)) {
      this.#reader.report(entry.keyPlace, '$let must be a map of names to values')
      return []
    }
    if (entry.value.items.length === 0) this.#reader.report(entry.keyPlace, '$let is empty: remove it')
    return entry.value.items.flatMap(({ key, value }): Let[] => {
      const name = (key as YamlScalar<string>).value // readYaml accepts no other keys
      const place = this.#reader.placeOf(key, entry.keyPlace)
      this.#checkVariable(name, place)
      const node = this.#plain({ key: name, keyPlace: place, value })
      return node ? [{ name, place, node }] : []
    })
  }

  #id(entry: RawEntry | undefined): { name: string; place: Place } | undefined {
    const name = entry && this.#literal(entry)
    if (name === undefined) return undefined
    const place = this.#reader.placeOf(entry?.value, entry?.keyPlace ?? { file: '', line: 1, column: 1 })
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name))
      this.#reader.report(place, `${name} is not a valid name for a group: use letters, digits, _ and -`)
    return { name, place }
  }

  #reference(entry: RawEntry): Reference {
    const which = entry.key.slice(1) as Reference['which'] // a reference key without its $
    return { kind: 'reference', which, id: this.#literal(entry) ?? '' }
  }

  #list(entry: RawEntry | undefined): TemplateNode[] | undefined {
    if (!entry) return undefined
    if (isSeq(entry.value) && entry.value.items.length === 0)
      this.#reader.report(entry.keyPlace, `${entry.key} is empty: remove it`)
    if (isSeq(entry.value)) return entry.value.items.map((item) => this.#reader.read(item, entry.keyPlace))
    this.#reader.report(entry.keyPlace, `${entry.key} must be a list`)
    return []
  }

  /** Reads a string without expressions. */
  #literal(entry: RawEntry): string | undefined {
    const node = this.#reader.read(entry.value, entry.keyPlace)
    if (node.kind === 'scalar' && typeof node.value === 'string' && node.value !== '') return node.value
    this.#reader.report(node, `${entry.key} must be a literal name`)
    return undefined
  }

  /** Reads a scalar, which may be computed by an expression. */
  #plain({ key, keyPlace, value }: RawEntry): Plain | undefined {
    const node = this.#reader.read(value, keyPlace)
    if (node.kind === 'scalar' || node.kind === 'text') return node
    this.#reader.report(
      node,
      `${key} must be a single value; write a list or map as an expression, such as '\${[1, 2]}'`,
    )
    return undefined
  }

  /** Reads the text of `$for` or `$if`, which is an expression without `${` and `}`. */
  #expressionText({ key, keyPlace, value }: RawEntry): { value: string; node: YamlScalar; place: Place } | undefined {
    const place = this.#reader.placeOf(value, keyPlace)
    if (!isScalar(value) || typeof value.value !== 'string') {
      this.#reader.report(place, `${key} must be an expression`)
      return undefined
    }
    if (/^\s*\$\{/.test(value.value)) {
      this.#reader.report(place, `${key} takes an expression without \${ and }`)
      return undefined
    }
    return { value: value.value, node: value, place }
  }

  #checkVariable(name: string, place: Place): void {
    const problem = variableProblem(name)
    if (problem !== undefined) this.#reader.report(place, problem)
  }
}
