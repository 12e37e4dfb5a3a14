import type { Spend } from './budget.ts'
import { ExpressionError } from './expression-error.ts'
import { Failure } from './failure.ts'
import { functionsNamed, isNamespace, methodsNamed } from './functions.ts'
import type { Overload } from './functions/declare.ts'
import { sorted } from './functions/lists.ts'
import {
  type Macro,
  MACRO_FUNCTIONS,
  MACRO_METHODS,
  type MacroReading,
  readMacroFunction,
  readMacroMethod,
} from './macros.ts'
import { operate } from './operators.ts'
import type { Node } from './syntax.ts'
import { asInt, isOfType, iterable, keyOf, kindName, Optional, TYPE_NAMES, TypeValue } from './values.ts'

/** The cost of an error that `&&`, `||` or a macro may ignore: errors are slow in JavaScript. */
const PASSED_OVER = 250

/** The variables visible to a node; those of the innermost macro come first. */
export interface Frame {
  readonly values: ReadonlyMap<string, unknown>
  readonly outer: Frame | undefined
}

/** Evaluates expressions. Every node is paid for, and expensive work before it is done. */
export class Evaluator {
  readonly #source: string
  readonly #spend: Spend

  constructor(source: string, spend: Spend) {
    this.#source = source
    this.#spend = spend
  }

  /** @throws ExpressionError, BudgetError */
  compute(node: Node, frame: Frame): unknown {
    this.#spend(1)
    try {
      return this.#compute(node, frame)
    } catch (error) {
      if (error instanceof Failure) throw new ExpressionError(error.message, node.at)
      throw error
    }
  }

  #compute(node: Node, frame: Frame): unknown {
    switch (node.kind) {
      case 'literal':
        return node.value
      case 'name':
        return this.#name(node.name, frame)
      case 'field':
        return this.#select(this.compute(node.owner, frame), node.name, node)
      case 'index':
        return this.#select(this.compute(node.owner, frame), this.compute(node.index, frame), node)
      case 'call':
        return this.#call(node.name, node.args, frame)
      case 'method':
        return this.#method(node, frame)
      case 'list':
        return node.items.map((item) => this.compute(item, frame))
      case 'map':
        return this.#map(node.entries, frame)
      case 'unary':
        return negate(node.operator, this.compute(node.operand, frame))
      case 'logical':
        return this.#logical(node.operator === '||', node.left, node.right, frame)
      case 'choice':
        return this.compute(this.#condition(node.condition, frame) ? node.then : node.otherwise, frame)
      case 'binary':
        return operate(node.operator, this.compute(node.left, frame), this.compute(node.right, frame), this.#spend)
    }
  }

  #name(name: string, frame: Frame): unknown {
    for (let at: Frame | undefined = frame; at; at = at.outer) if (at.values.has(name)) return at.values.get(name)
    if (TYPE_NAMES.includes(name)) return new TypeValue(name)
    throw new Failure(`there is no ${name} here`)
  }

  #select(owner: unknown, key: unknown, node: Node & { kind: 'field' | 'index' }): unknown {
    if (owner instanceof Optional) {
      const found = owner.isPresent ? lookUp(owner.value, key) : undefined
      return found ? Optional.of(found.value) : Optional.none
    }
    const found = lookUp(owner, key)
    if (node.isOptional) return found ? Optional.of(found.value) : Optional.none
    if (found) return found.value
    if (Array.isArray(owner))
      throw new Failure(`the list has ${owner.length} items, none at index ${String(keyOf(key))}`)
    const text = this.#source.slice(node.start, node.end)
    const help = node.kind === 'field' ? `: set it, or check has(${text}) first` : ''
    throw new ExpressionError(`${text} has no value${help}`, node.start)
  }

  #condition(node: Node, frame: Frame): boolean {
    const value = this.compute(node, frame)
    if (typeof value === 'boolean') return value
    throw new Failure(`expected true or false, not ${kindName(value)}`)
  }

  /** One side may fail if the other side decides the result. */
  #logical(decisive: boolean, left: Node, right: Node, frame: Frame): boolean {
    const one = this.#attempt(left, frame)
    if (one === decisive) return decisive
    const other = this.#attempt(right, frame)
    if (other === decisive) return decisive
    if (typeof one !== 'boolean') throw one
    if (typeof other !== 'boolean') throw other
    return !decisive
  }

  /** A condition, or the error it ends with. Its steps stay paid for. */
  #attempt(node: Node, frame: Frame): boolean | Error {
    try {
      return this.#condition(node, frame)
    } catch (error) {
      if (!(error instanceof ExpressionError || error instanceof Failure)) throw error // a spent budget ends everything
      this.#spend(PASSED_OVER)
      return error instanceof Failure ? new ExpressionError(error.message, node.at) : error
    }
  }

  #map(entries: readonly (readonly [Node, Node])[], frame: Frame): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>()
    for (const [keyNode, valueNode] of entries) {
      const value = this.compute(keyNode, frame)
      const key = typeof value === 'number' ? undefined : keyOf(value)
      if (key === undefined)
        throw new Failure(`a map key must be a string, an integer or a boolean, not ${kindName(value)}`)
      if (map.has(key)) throw new Failure(`the key ${JSON.stringify(String(key)).slice(0, 80)} is duplicated`)
      map.set(key, this.compute(valueNode, frame))
    }
    return map
  }

  #call(name: string, args: readonly Node[], frame: Frame): unknown {
    if (MACRO_FUNCTIONS.includes(name)) return this.#macro(readMacroFunction(name, args), frame)
    return this.#run(name, functionsNamed(name), args, frame)
  }

  #method({ owner, name, args }: Node & { kind: 'method' }, frame: Frame): unknown {
    if (owner.kind === 'name' && isNamespace(owner.name, { has: (wanted) => isBound(wanted, frame) }))
      return this.#call(`${owner.name}.${name}`, args, frame)
    if (MACRO_METHODS.includes(name)) return this.#macro(readMacroMethod(owner, name, args), frame)
    return this.#run(name, methodsNamed(name), [owner, ...args], frame)
  }

  #run(name: string, overloads: readonly Overload[], nodes: readonly Node[], frame: Frame): unknown {
    const args = nodes.map((node) => this.compute(node, frame))
    const overload = overloads.find((form) => takes(form, args))
    if (overload) return overload.run(this.#spend, ...args)
    throw new Failure(`${name} doesn't accept (${args.map(kindName).join(', ')})`)
  }

  #macro({ macro, problem }: MacroReading, frame: Frame): unknown {
    if (!macro) throw new Failure(problem)
    switch (macro.kind) {
      case 'has':
        return this.#has(macro.field, frame)
      case 'bind':
        return this.compute(macro.body, inner(frame, macro.variable, this.compute(macro.value, frame)))
      case 'else': {
        const optional = this.#optional(macro.optional, frame)
        if (optional.isPresent) return macro.isOptional ? optional : optional.value
        return macro.isOptional ? this.#optional(macro.other, frame) : this.compute(macro.other, frame)
      }
      case 'then': {
        const optional = this.#optional(macro.optional, frame)
        if (!optional.isPresent) return optional
        const within = inner(frame, macro.variable, optional.value)
        return macro.isFlat ? this.#optional(macro.body, within) : Optional.of(this.compute(macro.body, within))
      }
      case 'loop':
        return this.#loop(macro, frame)
    }
  }

  #has(node: Node, frame: Frame): boolean {
    if (node.kind !== 'field') throw new Failure('has() takes a field')
    const owner = this.compute(node.owner, frame)
    if (owner instanceof Optional) return owner.isPresent && lookUp(owner.value, node.name) !== undefined
    return lookUp(owner, node.name) !== undefined
  }

  #optional(node: Node, frame: Frame): Optional {
    const value = this.compute(node, frame)
    if (value instanceof Optional) return value
    throw new Failure(`expected an optional value, not ${kindName(value)}`)
  }

  #loop(macro: Macro & { kind: 'loop' }, frame: Frame): unknown {
    const { loop, body, filter } = macro
    const over = this.compute(macro.over, frame)
    const items = iterable(over)
    this.#spend(items.length)
    // One at a time: all of them at once would take more memory than the list.
    const frames = function* (this: Evaluator): Generator<readonly [Frame, key: unknown, item: unknown]> {
      const [first = '', second] = macro.variables
      for (const [index, item] of items.entries()) {
        const key = over instanceof Map ? item : BigInt(index)
        const values = new Map([[first, second === undefined ? item : key]])
        if (second !== undefined) values.set(second, over instanceof Map ? over.get(item) : item)
        const within: Frame = { values, outer: frame }
        if (!filter || this.#condition(filter, within)) yield [within, key, item]
      }
    }.bind(this)

    switch (loop) {
      case 'all':
      case 'exists': {
        const decisive = loop === 'exists'
        let failure: Error | undefined
        for (const [within] of frames()) {
          const result = this.#attempt(body, within)
          if (result === decisive) return decisive
          if (typeof result !== 'boolean') failure ??= result
        }
        if (failure) throw failure
        return !decisive
      }
      case 'existsOne': {
        let count = 0
        for (const [within] of frames()) if (this.#condition(body, within)) count++
        return count === 1
      }
      case 'map':
        return Array.from(frames(), ([within]) => this.compute(body, within))
      case 'filter': {
        const kept: unknown[] = []
        for (const [within, , item] of frames()) if (this.#condition(body, within)) kept.push(item)
        return kept
      }
      case 'transformMap':
        return new Map(Array.from(frames(), ([within, key]) => [key, this.compute(body, within)]))
      case 'transformMapEntry':
        return this.#entries(Array.from(frames(), ([within]) => this.compute(body, within)))
      case 'sortBy': {
        const keys = Array.from(frames(), ([within]) => this.compute(body, within))
        return sorted(keys, this.#spend).map((place) => items[place])
      }
    }
  }

  #entries(maps: readonly unknown[]): Map<unknown, unknown> {
    const all = new Map<unknown, unknown>()
    for (const map of maps) {
      if (!(map instanceof Map)) throw new Failure(`expected a map with one entry, not ${kindName(map)}`)
      this.#spend(map.size)
      for (const [key, value] of map as Map<unknown, unknown>) {
        if (all.has(key)) throw new Failure(`the key ${JSON.stringify(String(key)).slice(0, 80)} is duplicated`)
        all.set(key, value)
      }
    }
    return all
  }
}

function inner(outer: Frame, name: string, value: unknown): Frame {
  return { values: new Map([[name, value]]), outer }
}

function isBound(name: string, frame: Frame): boolean {
  for (let at: Frame | undefined = frame; at; at = at.outer) if (at.values.has(name)) return true
  return false
}

function takes({ receiver, parameters, isVariadic }: Overload, args: readonly unknown[]): boolean {
  if (isVariadic) return args.length > 0
  const wanted = receiver ? [receiver, ...parameters] : parameters
  return wanted.length === args.length && wanted.every((type, index) => isOfType(args[index], type))
}

/** What a list or map has under a key; undefined if nothing. */
function lookUp(owner: unknown, key: unknown): { readonly value: unknown } | undefined {
  const place = keyOf(key)
  if (owner instanceof Map) return place !== undefined && owner.has(place) ? { value: owner.get(place) } : undefined
  if (!Array.isArray(owner)) throw new Failure(`${kindName(owner)} has no fields or items`)
  if (typeof place !== 'bigint') throw new Failure(`a list index must be an integer, not ${kindName(key)}`)
  return place >= 0n && place < owner.length ? { value: owner[Number(place)] as unknown } : undefined
}

function negate(operator: '!' | '-', value: unknown): unknown {
  if (operator === '!' && typeof value === 'boolean') return !value
  if (operator === '-' && typeof value === 'bigint') return asInt(-value)
  if (operator === '-' && typeof value === 'number') return -value
  throw new Failure(`${operator} doesn't apply to ${kindName(value)}`)
}
