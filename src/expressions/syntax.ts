import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { ExpressionProblem } from './expression-error.ts'
import { MAX_INT, MIN_INT, Uint } from './values.ts'

/**
 * Expressions as our own syntax trees. Only this module knows the library: it uses the library's CEL parser, whose
 * limits apply before anything else reads the source. It doesn't use the library's checker and evaluator;
 * docs/expressions.md explains why.
 */

export type Node = NodeKind & {
  /** where it starts and ends in the expression */
  readonly start: number
  readonly end: number
  /** the position to point at: for `a.b`, the `b` */
  readonly at: number
}

type NodeKind =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'name'; readonly name: string }
  /** `a.b`; `a.?b` when it is optional */
  | { readonly kind: 'field'; readonly owner: Node; readonly name: string; readonly isOptional: boolean }
  /** `a[b]`; `a[?b]` when it is optional */
  | { readonly kind: 'index'; readonly owner: Node; readonly index: Node; readonly isOptional: boolean }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'method'; readonly owner: Node; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'logical'; readonly operator: '&&' | '||'; readonly left: Node; readonly right: Node }
  | { readonly kind: 'choice'; readonly condition: Node; readonly then: Node; readonly otherwise: Node }

export type Parsed = { node: Node; problem: undefined } | { node: undefined; problem: ExpressionProblem }

const MAX_LENGTH = 2048
const LIMITS = { maxAstNodes: 1000, maxDepth: 50, maxListElements: 200, maxMapEntries: 200, maxCallArguments: 16 }
const LIMIT_NAMES: Readonly<Record<string, string>> = {
  maxAstNodes: `the expression has more than ${LIMITS.maxAstNodes} parts`,
  maxDepth: `the expression is nested deeper than ${LIMITS.maxDepth}`,
  maxListElements: `a list has more than ${LIMITS.maxListElements} items`,
  maxMapEntries: `a map has more than ${LIMITS.maxMapEntries} entries`,
  maxCallArguments: `a call has more than ${LIMITS.maxCallArguments} arguments`,
}

const environment = new Environment({ enableOptionalTypes: true, limits: LIMITS })

/** Parses an expression. Names, types and functions are checked elsewhere. */
export function parseExpression(source: string): Parsed {
  const fail = (offset: number, message: string): Parsed => ({ node: undefined, problem: { offset, message } })
  if (source.trim() === '') return fail(0, 'the expression is empty')
  if (source.length > MAX_LENGTH) return fail(0, `the expression is longer than ${MAX_LENGTH} characters`)
  try {
    return { node: nodeOf(environment.parse(source).ast), problem: undefined }
  } catch (error) {
    if (error instanceof RangeError) return fail(0, 'the expression is nested too deeply')
    if (error instanceof LiteralError) return fail(error.offset, error.message)
    if (!(error instanceof ParseError)) throw error
    return fail(error.range?.start ?? 0, parseMessage(error))
  }
}

function parseMessage({ code, summary }: ParseError): string {
  const [, limit] = /^Exceeded (\w+)/.exec(summary) ?? []
  if (limit !== undefined) return LIMIT_NAMES[limit] ?? 'the expression is too large'
  if (/\bEOF\b/.test(summary)) return 'the expression is incomplete'
  if (code === 'invalid_macro_argument') return 'the first argument must be a variable name'
  const text = summary.replace(/\s+/g, ' ').slice(0, 200)
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function nodeOf(ast: ASTNode): Node {
  return { start: ast.start, end: ast.end, at: ast.pos, ...kindOf(ast) }
}

function kindOf(ast: ASTNode): NodeKind {
  switch (ast.op) {
    case 'value':
      return { kind: 'literal', value: literal(ast.args, ast) }
    case 'id':
      return { kind: 'name', name: ast.args }
    case '.':
    case '.?':
      return { kind: 'field', owner: nodeOf(ast.args[0]), name: ast.args[1], isOptional: ast.op === '.?' }
    case '[]':
    case '[?]':
      return { kind: 'index', owner: nodeOf(ast.args[0]), index: nodeOf(ast.args[1]), isOptional: ast.op === '[?]' }
    case 'call':
      return { kind: 'call', name: ast.args[0], args: ast.args[1].map(nodeOf) }
    case 'rcall':
      return { kind: 'method', name: ast.args[0], owner: nodeOf(ast.args[1]), args: ast.args[2].map(nodeOf) }
    case 'list':
      return { kind: 'list', items: ast.args.map(nodeOf) }
    case 'map':
      return { kind: 'map', entries: ast.args.map(([key, value]) => [nodeOf(key), nodeOf(value)] as const) }
    case '!_':
      return { kind: 'unary', operator: '!', operand: nodeOf(ast.args) }
    case '-_': {
      // -9223372036854775808 is an int, but 9223372036854775808 is not
      const value = ast.args.op === 'value' ? ast.args.args : undefined
      if (typeof value === 'bigint') return { kind: 'literal', value: inRange(-value, ast) }
      return { kind: 'unary', operator: '-', operand: nodeOf(ast.args) }
    }
    case '&&':
    case '||':
      return { kind: 'logical', operator: ast.op, left: nodeOf(ast.args[0]), right: nodeOf(ast.args[1]) }
    case '?:': {
      const [condition, then, otherwise] = ast.args
      return { kind: 'choice', condition: nodeOf(condition), then: nodeOf(then), otherwise: nodeOf(otherwise) }
    }
    default:
      return { kind: 'binary', operator: ast.op, left: nodeOf(ast.args[0]), right: nodeOf(ast.args[1]) }
  }
}

type Literal = (ASTNode & { op: 'value' })['args']

function literal(value: Literal, ast: ASTNode): unknown {
  if (typeof value === 'bigint') return inRange(value, ast)
  // the library keeps only one byte of each character here
  if (value instanceof Uint8Array && /[^\0-\x7f]/.test(ast.input.slice(ast.start, ast.end)))
    throw new LiteralError(ast.start, 'b"…" takes ASCII and escapes only; use bytes("…")')
  const isPlain = value === null || typeof value !== 'object' || value instanceof Uint8Array
  return isPlain ? value : new Uint(BigInt(value.toString())) // or the library's own unsigned integer
}

function inRange(value: bigint, { start }: ASTNode): bigint {
  if (value < MIN_INT || value > MAX_INT) throw new LiteralError(start, 'the number is not a 64-bit integer')
  return value
}

class LiteralError extends Error {
  readonly offset: number
  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}
