import type { Problem } from '../../core/yaml.ts'
import {
  type CheckedExpression,
  elementTypeOf,
  type Expressions,
  INT,
  STRING,
  type Type,
} from '../../expressions/expressions.ts'
import { BOOL, DOUBLE, DYN, NULL } from '../../expressions/types.ts'
import { DATA_PLACES, type Evaluation, isDataPlace, type Locals, type Reads, type Where } from './evaluation.ts'
import { placeIn, problemAt } from './problems.ts'
import type { Place, RenderedNode, Scalar } from './rendered.ts'
import type { Loop, TemplateExpression, TemplateNode } from './template-node.ts'

type Checked = Type | undefined

/** Evaluates expressions with types instead of values: finds type errors, and makes a sample of the document. */
export class SampleEvaluation implements Evaluation<Type> {
  readonly problems: Problem[] = []
  readonly #reads: Reads
  readonly #checked = new Map<Expressions, Map<string, CheckedExpression>>()

  constructor(reads: Reads) {
    this.#reads = reads
  }

  text(node: TemplateNode & { kind: 'text' }, where: Where<Type>): RenderedNode {
    const isText = node.parts.length > 1
    const types = node.parts.map((part) => (part.kind === 'expression' ? this.#check(part, where, { isText }) : STRING))
    return sampleOf(isText ? STRING : types[0], placeIn(node, where))
  }

  local(node: TemplateNode & { kind: 'scalar' | 'text' }, where: Where<Type>): Type {
    if (node.kind === 'scalar') return typeOfScalar(node.value)
    const [first] = node.parts
    if (node.parts.length === 1 && first?.kind === 'expression') return this.#type(first, where) ?? DYN
    for (const part of node.parts) if (part.kind === 'expression') this.#check(part, where, { isText: true })
    return STRING
  }

  rounds({ list }: Loop, where: Where<Type>): { item: Type; index: Type }[] {
    const type = this.#type(list, where)
    const item = type && elementTypeOf(type)
    if (type && !item) this.#report(list, 0, where, `$for needs a list or map, not ${type.name}`)
    return [{ item: item ?? DYN, index: INT }]
  }

  condition(expression: TemplateExpression, where: Where<Type>): boolean {
    const type = this.#type(expression, where)
    if (type && type.kind !== 'bool' && type.kind !== 'dyn')
      this.#report(expression, 0, where, `$if must be true or false, not ${type.name}`)
    return true
  }

  reads(expression: TemplateExpression, locals: Locals<Type>): readonly string[] {
    return this.#reads.of(expression, locals)
  }

  /** Checks an expression that is a whole scalar, or a part of a string. */
  #check(expression: TemplateExpression, where: Where<Type>, { isText }: { isText: boolean }): Checked {
    const { type, kind } = this.#checkedOf(expression, where)
    if (type === undefined) return undefined
    if (kind === 'unusable') this.#report(expression, 0, where, `a spec can't contain a value of type ${type.name}`)
    else if (isText && (kind === 'data' || kind === 'null'))
      this.#report(expression, 0, where, `only a string, number or boolean can be part of a string, not ${type.name}`)
    else if (!isText && kind === 'data' && !isDataPlace(where.path))
      this.#report(expression, 0, where, `a list or map from an expression is allowed only in ${DATA_PLACES}`)
    return type
  }

  #type(expression: TemplateExpression, where: Where<Type>): Checked {
    return this.#checkedOf(expression, where).type
  }

  #checkedOf(expression: TemplateExpression, where: Where<Type>): CheckedExpression {
    const { scope, locals } = where
    const types = new Map([...locals].map(([name, { value }]) => [name, value]))
    const key = JSON.stringify([expression.source, [...types].map(([name, type]) => [name, type.name])])
    const known = this.#checked.get(scope.expressions) ?? new Map<string, CheckedExpression>()
    this.#checked.set(scope.expressions, known)
    const checked = known.get(key) ?? scope.expressions.check(expression.source, types)
    known.set(key, checked)
    this.#reads.note(expression, checked.reads)
    for (const { offset, message } of checked.problems) this.#report(expression, offset, where, message)
    return checked
  }

  #report(expression: TemplateExpression, offset: number, where: Where<Type>, message: string): void {
    this.problems.push(problemAt(placeIn(expression.place(offset), where), message))
  }
}

function typeOfScalar(value: Scalar): Type {
  if (value === null) return NULL
  if (typeof value === 'string') return STRING
  if (typeof value === 'boolean') return BOOL
  return Number.isInteger(value) ? INT : DOUBLE // a float without a fraction is an object
}

/** Returns a sample node of a type, marked as computed; null if the type is not specific enough. */
function sampleOf(type: Checked, place: Place): RenderedNode {
  const at = { ...place, isComputed: true }
  if (type?.kind === 'list') return { ...at, kind: 'list', items: [] }
  if (type?.kind === 'map' || type?.kind === 'record') return { ...at, kind: 'map', entries: [] }
  const scalars = new Map<string, Scalar>([['string', 'x'], ['int', 1], ['double', 1], ['bool', true]]) // prettier-ignore
  return { ...at, kind: 'scalar', value: scalars.get(type?.kind ?? '') ?? null }
}
