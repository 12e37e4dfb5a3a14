import { didYouMean } from '../core/did-you-mean.ts'
import { FUNCTION_NAMES, functionsNamed, METHOD_NAMES, methodsNamed, isNamespace } from './functions.ts'
import type { Overload } from './functions/declare.ts'
import {
  type Macro,
  MACRO_FUNCTIONS,
  MACRO_METHODS,
  type MacroReading,
  readMacroFunction,
  readMacroMethod,
} from './macros.ts'
import { operatorType } from './operators.ts'
import { misfit, resultOf } from './overloads.ts'
import type { ExpressionProblem } from './expression-error.ts'
import type { Node } from './syntax.ts'
import * as t from './types.ts'
import type { Type } from './types.ts'
import { TYPE_NAMES, typeNameOf, Uint } from './values.ts'

/** The variables visible to a node: the scope, the locals and those of enclosing macros. */
export type Variables = ReadonlyMap<string, Type>

/**
 * Infers the type of an expression before any value is known. After a problem it continues with a type that fits
 * everywhere, so that all problems are reported together and none twice.
 */
export class Checker {
  readonly problems: ExpressionProblem[] = []
  /** the inputs that are read, such as `inputs.store.url` */
  readonly reads = new Set<string>()
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  /** @param isOwner a field of the node is read, so the node itself is not read as a whole */
  infer(node: Node, variables: Variables, isOwner = false): Type {
    switch (node.kind) {
      case 'literal':
        return literalType(node.value)
      case 'name':
        return this.#name(node.name, node, variables, isOwner)
      case 'field': {
        const owner = this.infer(node.owner, variables, true)
        return this.#optionally(owner, node.isOptional, (type) =>
          this.#field(type, node.name, node, node.owner, isOwner),
        )
      }
      case 'index': {
        const owner = this.infer(node.owner, variables, true)
        const index = this.infer(node.index, variables)
        return this.#optionally(owner, node.isOptional, (type) => this.#index(type, index, node, isOwner))
      }
      case 'call':
        return this.#call(node.name, node.args, node, variables)
      case 'method':
        return this.#method(node, variables)
      case 'list':
        return t.listOf(this.#joined(node.items, variables))
      case 'map': {
        const keys = this.#joined(
          node.entries.map(([key]) => key),
          variables,
        )
        if (!['string', 'int', 'uint', 'bool', 'dyn', 'parameter'].includes(keys.kind))
          this.#report(node, `map keys must be strings, integers or booleans, not ${t.closed(keys).name}`)
        return t.mapOf(
          keys,
          this.#joined(
            node.entries.map(([, value]) => value),
            variables,
          ),
        )
      }
      case 'unary':
        return this.#unary(node.operator, node.operand, node, variables)
      case 'logical':
        this.#condition(node.left, variables, `the left side of ${node.operator}`)
        this.#condition(node.right, variables, `the right side of ${node.operator}`)
        return t.BOOL
      case 'choice': {
        this.#condition(node.condition, variables, 'the condition before ?')
        const then = this.infer(node.then, variables)
        const otherwise = this.infer(node.otherwise, variables)
        return t.join(then, otherwise) ?? this.#report(node, `both sides of : must be ${alike(then, otherwise)}`)
      }
      case 'binary': {
        const left = this.infer(node.left, variables)
        const right = this.infer(node.right, variables)
        if (left === t.UNKNOWN || right === t.UNKNOWN) return t.UNKNOWN
        const type = operatorType(node.operator, left, right)
        if (type) return type
        const [a, b] = [t.closed(left).name, t.closed(right).name]
        return this.#report(node, `incompatible types: ${a} ${node.operator} ${b}${conversion(a, b)}`)
      }
    }
  }

  #report(node: Node, message: string): Type {
    this.problems.push({ offset: node.at, message })
    return t.UNKNOWN
  }

  #text(node: Node): string {
    return this.#source.slice(node.start, node.end)
  }

  #condition(node: Node, variables: Variables, what: string): void {
    const type = this.infer(node, variables)
    if (type.kind !== 'bool' && type.kind !== 'dyn') this.#report(node, `${what} must be bool, not ${type.name}`)
  }

  #joined(nodes: readonly Node[], variables: Variables): Type {
    const types = nodes.map((node) => this.infer(node, variables))
    return types.reduce((all, type) => t.join(all, type) ?? t.DYN, t.ANYTHING)
  }

  #name(name: string, node: Node, variables: Variables, isOwner: boolean): Type {
    const type = variables.get(name)
    if (type) {
      if (!isOwner && type.kind === 'record') this.#read(type.name)
      return type
    }
    if (TYPE_NAMES.includes(name)) return t.TYPE
    const inputs = variables.get('inputs')
    const isInput = inputs?.kind === 'record' && inputs.fields.has(name)
    const hint = isInput ? `; did you mean inputs.${name}?` : didYouMean(name, variables.keys())
    return this.#report(node, `there is no ${name} here${hint}`)
  }

  #read(path: string): void {
    if (/^inputs\b/.test(path)) this.reads.add(path)
  }

  /** Looks into an optional value, and wraps the result in an optional. */
  #optionally(owner: Type, isOptional: boolean, look: (type: Type) => Type): Type {
    if (owner.kind === 'optional') return t.optionalOf(look(owner.value))
    return isOptional ? t.optionalOf(look(owner)) : look(owner)
  }

  #field(owner: Type, name: string, node: Node, ownerNode: Node, isOwner: boolean): Type {
    if (owner.kind === 'dyn') return owner
    if (owner.kind === 'parameter') return t.DYN
    if (owner.kind === 'map') return owner.value
    if (owner.kind !== 'record') return this.#report(node, `${t.closed(owner).name} has no fields: there is no ${name}`)
    const field = owner.fields.get(name)
    const label = this.#text(ownerNode)
    if (!field) {
      const what = owner.name === 'inputs' ? `there is no input ${name}` : `${label} has no field ${name}`
      return this.#report(node, `${what}${didYouMean(name, owner.fields.keys())}`)
    }
    if (!(isOwner && field.kind === 'record')) this.#read(`${owner.name}.${name}`)
    return field
  }

  #index(owner: Type, index: Type, node: Node & { kind: 'index' }, isOwner: boolean): Type {
    if (owner.kind === 'dyn') return owner
    if (owner.kind === 'parameter') return t.DYN
    const literal = node.index.kind === 'literal' ? node.index.value : undefined
    if (owner.kind === 'record') {
      if (typeof literal === 'string') return this.#field(owner, literal, node.index, node.owner, isOwner)
      this.#read(owner.name)
    }
    const wanted = indexOf(owner)
    if (!wanted) return this.#report(node, `${t.closed(owner).name} has no items`)
    // CEL accepts whole numbers of other types too
    const isNumber = owner.kind === 'list' && (index.kind === 'uint' || index.kind === 'double')
    if (!isNumber && !t.fits(index, wanted, new Map()))
      this.#report(
        node.index,
        `an index into ${t.closed(owner).name} must be ${wanted.name}, not ${t.closed(index).name}`,
      )
    return t.valueTypeOf(owner)
  }

  #unary(operator: '!' | '-', operand: Node, node: Node, variables: Variables): Type {
    const type = this.infer(operand, variables)
    if (type.kind === 'dyn') return operator === '!' ? t.BOOL : t.DYN
    const isFit = operator === '!' ? type.kind === 'bool' : type.kind === 'int' || type.kind === 'double'
    return isFit ? type : this.#report(node, `${operator} doesn't apply to ${t.closed(type).name}`)
  }

  #call(name: string, args: readonly Node[], node: Node, variables: Variables): Type {
    if (MACRO_FUNCTIONS.includes(name)) return this.#macro(readMacroFunction(name, args), node, variables)
    const overloads = functionsNamed(name)
    const types = args.map((arg) => this.infer(arg, variables))
    if (overloads.length > 0) return this.#overload(name, overloads, types, node)
    const method =
      methodsNamed(name).length > 0 || MACRO_METHODS.includes(name)
        ? `; it is a method: write value.${name}(…)`
        : undefined
    const known = [...FUNCTION_NAMES, ...MACRO_FUNCTIONS]
    return this.#report(node, `there is no function ${name}${method ?? didYouMean(name, known)}`)
  }

  #method(node: Node & { kind: 'method' }, variables: Variables): Type {
    const { owner, name, args } = node
    if (owner.kind === 'name' && isNamespace(owner.name, variables))
      return this.#call(`${owner.name}.${name}`, args, node, variables)
    if (MACRO_METHODS.includes(name)) return this.#macro(readMacroMethod(owner, name, args), node, variables)
    const overloads = methodsNamed(name)
    const types = [owner, ...args].map((arg) => this.infer(arg, variables))
    if (overloads.length > 0) return this.#overload(name, overloads, types, node)
    const isFunction = functionsNamed(name).length > 0
    const hint = isFunction ? `; it is a function: ${name}(…)` : didYouMean(name, [...METHOD_NAMES, ...MACRO_METHODS])
    return this.#report(node, `there is no method ${name}${hint}`)
  }

  /**
   * Finds the overload of a function that accepts these argument types; the receiver of a method is the first argument.
   */
  #overload(name: string, overloads: readonly Overload[], types: readonly Type[], node: Node): Type {
    if (types.includes(t.UNKNOWN)) return t.UNKNOWN
    return resultOf(overloads, types) ?? this.#report(node, misfit(name, overloads, types))
  }

  /** Nothing more can be checked inside a misused macro: its variables are unknown. */
  #macro({ macro, problem }: MacroReading, node: Node, variables: Variables): Type {
    return macro ? this.#inferMacro(macro, node, variables) : this.#report(node, problem)
  }

  #inferMacro(macro: Macro, node: Node, variables: Variables): Type {
    switch (macro.kind) {
      case 'has':
        this.infer(macro.field, variables)
        return t.BOOL
      case 'bind':
        return this.infer(macro.body, new Map([...variables, [macro.variable, this.infer(macro.value, variables)]]))
      case 'else': {
        const held = this.#held(macro.optional, variables)
        const other = macro.isOptional ? this.#held(macro.other, variables) : this.infer(macro.other, variables)
        const joined = t.join(held, other) ?? this.#report(node, `both must be ${alike(held, other)}`)
        return macro.isOptional ? t.optionalOf(joined) : joined
      }
      case 'then': {
        const held = this.#held(macro.optional, variables)
        const inner = new Map([...variables, [macro.variable, held] as const])
        return t.optionalOf(macro.isFlat ? this.#held(macro.body, inner) : this.infer(macro.body, inner))
      }
      case 'loop':
        return this.#loop(macro, node, variables)
    }
  }

  /** The type inside an optional. */
  #held(node: Node, variables: Variables): Type {
    const type = this.infer(node, variables)
    if (type.kind === 'optional') return type.value
    return type.kind === 'dyn' ? t.DYN : this.#report(node, `expected an optional value, not ${t.closed(type).name}`)
  }

  #loop(macro: Macro & { kind: 'loop' }, node: Node, variables: Variables): Type {
    const over = this.infer(macro.over, variables)
    const element = t.elementTypeOf(over) ?? this.#report(node, `${t.closed(over).name} is not a list or map`)
    const [first = '', second] = macro.variables
    const isList = over.kind === 'list'
    const inner = new Map(variables)
    if (second === undefined) inner.set(first, element)
    else inner.set(first, isList ? t.INT : element).set(second, t.valueTypeOf(over))
    if (macro.filter) this.#condition(macro.filter, inner, 'the condition')
    switch (macro.loop) {
      case 'all':
      case 'exists':
      case 'existsOne':
        this.#condition(macro.body, inner, 'the condition')
        return t.BOOL
      case 'filter':
        this.#condition(macro.body, inner, 'the condition')
        return t.listOf(element)
      case 'map':
        return t.listOf(this.infer(macro.body, inner))
      case 'transformMap':
        return t.mapOf(isList ? t.INT : element, this.infer(macro.body, inner))
      case 'transformMapEntry': {
        const entry = this.infer(macro.body, inner)
        if (entry.kind === 'map' || entry.kind === 'dyn') return entry.kind === 'map' ? entry : t.mapOf(t.DYN, t.DYN)
        return this.#report(macro.body, `expected a map with one entry, not ${t.closed(entry).name}`)
      }
      case 'sortBy': {
        const key = this.infer(macro.body, inner)
        if (['list', 'map', 'record', 'optional', 'null', 'type'].includes(key.kind))
          this.#report(macro.body, `values of type ${t.closed(key).name} can't be ordered`)
        return t.listOf(element)
      }
    }
  }
}

/** The type of the index into a value of a type. */
function indexOf(owner: Type): Type | undefined {
  if (owner.kind === 'list') return t.INT
  if (owner.kind === 'map') return owner.key
  return owner.kind === 'record' ? t.STRING : undefined
}

function literalType(value: unknown): Type {
  return value === null ? t.NULL : t.readType(value instanceof Uint ? 'uint' : typeNameOf(value))
}

function alike(one: Type, other: Type): string {
  return `of one type, not ${t.closed(one).name} and ${t.closed(other).name}`
}

/** How to convert when two types are mixed that people expect to work together. */
function conversion(a: string, b: string): string {
  const types = new Set([a, b])
  if (types.has('int') && types.has('double')) return '; double(…) converts an int to a double'
  if (types.has('string') && ['int', 'double', 'bool', 'uint'].some((type) => types.has(type)))
    return '; string(…) converts it to a string'
  return ''
}
