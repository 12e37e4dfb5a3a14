import type { ASTNode } from '@marcbachmann/cel-js'
import { didYouMean } from '../../core/did-you-mean.ts'
import { SCOPE_NAMES } from './scope.ts'
import { type Shape, shapeOfInputs } from '../values/shape.ts'

/** Something wrong in an expression; `offset` counts from the expression's beginning. */
export interface ExpressionProblem {
  readonly offset: number
  readonly message: string
}

/**
 * The functions that expressions have. They are listed, not taken over from the library: `matches` backtracks there and can
 * take for ever, and times depend on the machine's zone.
 */
const FUNCTIONS = ['size', 'string', 'int', 'double', 'bool', 'dyn', 'has']
const MACROS = ['map', 'filter', 'all', 'exists', 'exists_one']
const METHODS = [
  ...['size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'upperAscii', 'trim', 'indexOf', 'lastIndexOf'],
  ...['substring', 'split', 'join'],
  ...MACROS,
]

const PKG = shapeOfInputs([{ key: 'name', type: 'string' }, { key: 'version', type: 'string' }]).root // prettier-ignore
const COLONY = shapeOfInputs([{ key: 'name', type: 'string' }]).root
const RELEASE = shapeOfInputs([{ key: 'id', type: 'string' }]).root

/** The variables of the macros around a node; what is known of the shape of each. */
type Bound = ReadonlyMap<string, Shape | undefined>

/**
 * Finds names that are not there: variables, inputs, fields, functions. What the
 * type checker says of these is one at a time and without a suggestion, and nothing of it may depend on a later version.
 */
export function ruleProblems(
  ast: ASTNode,
  inputs: Shape,
  locals: Iterable<string>,
  reads: Set<string>,
): ExpressionProblem[] {
  const problems: ExpressionProblem[] = []
  const report = (offset: number, message: string): Shape | undefined => {
    problems.push({ offset, message })
    return undefined
  }

  /** Visits a node; returns the shape of the input it stands for, if that is known. */
  const visit = (node: ASTNode, bound: Bound): Shape | undefined => {
    switch (node.op) {
      case 'value':
        return undefined
      case 'id':
        return visitName(node.args, node.start, bound)
      case '.':
      case '.?': {
        const [owner, name] = node.args
        return fieldOf(visit(owner, bound), name, node.pos, sourceOf(owner))
      }
      case '[]':
      case '[?]': {
        const [owner, index] = node.args
        const shape = visit(owner, bound)
        visit(index, bound)
        if (index.op === 'value' && typeof index.args === 'string')
          return fieldOf(shape, index.args, index.start, sourceOf(owner))
        return shape?.item
      }
      case 'call': {
        const [name, args] = node.args
        if (!FUNCTIONS.includes(name)) report(node.start, `there is no function ${name}${didYouMean(name, FUNCTIONS)}`)
        for (const arg of args) visit(arg, bound)
        return undefined
      }
      case 'rcall':
        return visitMethod(node.args, node, bound)
      case 'list':
        for (const item of node.args) visit(item, bound)
        return undefined
      case 'map':
        for (const entry of node.args) for (const part of entry) visit(part, bound)
        return undefined
      case '!_':
      case '-_':
        visit(node.args, bound)
        return undefined
      default:
        for (const part of node.args) visit(part, bound)
        return undefined
    }
  }

  const visitName = (name: string, offset: number, bound: Bound): Shape | undefined => {
    if (bound.has(name)) return bound.get(name)
    if (name === 'inputs') return inputs
    if (name === 'pkg') return PKG
    if (name === 'release') return RELEASE
    if (name === 'colony') return COLONY
    if (name === 'deps') return undefined
    const hint = inputs.fields?.has(name)
      ? `; did you mean inputs.${name}?`
      : didYouMean(name, [...SCOPE_NAMES, ...bound.keys()])
    return report(offset, `there is no ${name} here${hint}`)
  }

  const visitMethod = ([name, receiver, args]: [string, ASTNode, ASTNode[]], node: ASTNode, bound: Bound) => {
    const shape = visit(receiver, bound)
    const [variable, ...rest] = args
    if (name === 'matches') report(node.start, 'matches is not in this version: its expressions could take for ever')
    else if (!METHODS.includes(name)) report(node.start, `there is no method ${name}${didYouMean(name, METHODS)}`)
    if (!MACROS.includes(name)) {
      for (const arg of args) visit(arg, bound)
      return undefined
    }
    const inner = variable?.op === 'id' ? new Map([...bound, [variable.args, shape?.item]]) : bound
    for (const arg of rest) visit(arg, inner)
    return name === 'filter' ? shape : undefined
  }

  const fieldOf = (owner: Shape | undefined, name: string, offset: number, label: string): Shape | undefined => {
    if (!owner?.fields) return undefined
    const field = owner.fields.get(name)
    if (!field) {
      const what = owner === inputs ? `there is no input ${name}` : `${label} has no field ${name}`
      return report(offset, `${what}${didYouMean(name, owner.fields.keys())}`)
    }
    if (!field.isGroup && label.startsWith('inputs')) reads.add(`${label}.${name}`)
    return field
  }

  visit(ast, new Map([...locals].map((name) => [name, undefined])))
  return problems
}

function sourceOf(node: ASTNode): string {
  return node.input.slice(node.start, node.end)
}
