import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  type Scalar,
  visit,
} from 'yaml'
import { type ExactNumber, floatOf } from './exact-json.ts'
import '../schema/own-words.ts'
import { findConflict, findLeftOverMarker } from './conflict-markers.ts'
import { CpmError, type CpmError as CpmErrorType } from './errors.ts'
import type { ErrorCode } from '../schema/errors.ts'
import { decodeText, hasLoneSurrogate } from './text.ts'
import { readPlainYaml } from './plain-yaml.ts'
import { type Problem, problemText } from './problem.ts'
import { yamlProblem } from './yaml-words.ts'

export type { Problem, Spot } from './problem.ts'

export type Path = readonly (string | number)[]

/** A YAML (or JSON) document that knows the place of each of its values. */
export interface YamlDocument {
  readonly file: string
  /** returns the syntax tree; that of a plain document is made when it is asked for */
  tree(): Document
  /** the document as plain data; no map has a `__proto__` key */
  readonly data: unknown
  /** returns the place of the value at a path, or of its nearest parent if there is no such value */
  locate(path: Path, options?: { key?: boolean }): { line: number; column: number }
}

interface ReadOptions {
  maxBytes?: number
  /** represent floats without a fraction (`3.0`) as Number objects in `data`, so that they stay floats */
  keepFloats?: boolean
}

const MAX_BYTES = 512 * 1024
const MAX_DEPTH = 64
/** A level of nesting takes up to two entries on the parser's stack: `- ` and the map after it. */
const MAX_STACK = 4 * MAX_DEPTH
/** Nobody reads more, and a hostile file can have hundreds of thousands. */
export const MOST_PROBLEMS = 100

type Read = { yaml: YamlDocument; problems: [] } | { yaml: undefined; problems: Problem[] }

/**
 * Reads a plain subset of YAML 1.2: one document without anchors, aliases, merge keys or tags, with unique string keys,
 * in UTF-8 without a byte order mark. This keeps reading linear, and every reader sees the same data.
 * @param file name of the file in problems
 */
export function readYaml(file: string, source: string | Uint8Array, options: ReadOptions = {}): Read {
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  // As Latin-1, everything that is not ASCII stays visible as such.
  const text = bytes.length <= (options.maxBytes ?? MAX_BYTES) ? Buffer.from(bytes).toString('latin1') : undefined
  const data = text === undefined ? undefined : readPlainYaml(text)
  return data === undefined
    ? readAnyYaml(file, source, options)
    : { yaml: plainDocument(file, bytes, data), problems: [] }
}

function plainDocument(file: string, bytes: Uint8Array, data: unknown): YamlDocument {
  let read: YamlDocument | undefined
  const whole = () => {
    read ??= readAnyYaml(file, bytes).yaml
    if (!read) throw new Error('a plain document is not YAML')
    return read
  }
  return {
    file,
    data,
    tree: () => whole().tree(),
    locate: (path, options) => whole().locate(path, options),
  }
}

/** Reads any document with the library. */
export function readAnyYaml(
  file: string,
  source: string | Uint8Array,
  { maxBytes = MAX_BYTES, keepFloats = false }: ReadOptions = {},
): Read {
  const fail = (message: string, line = 1, column = 1) => ({
    yaml: undefined,
    problems: [{ file, line, column, message }],
  })
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  if (bytes.length > maxBytes) return fail(`the file is larger than ${maxBytes / 1024} KiB`)
  const decoded = decodeText(bytes)
  if ('fault' in decoded) return fail(decoded.fault.message, decoded.fault.line, decoded.fault.column)
  const { text } = decoded
  const conflict = findConflict(text)
  if (conflict) return fail(conflict.message, conflict.line, conflict.column)

  const lines = new LineCounter()
  lines.addNewLine(0)
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const { tokens, deepAt } = readTokens(text, lines)
  if (deepAt !== undefined) return fail(`nested deeper than ${MAX_DEPTH}`, at(deepAt).line, at(deepAt).column)
  const composer = new Composer({ version: '1.2', uniqueKeys: false, prettyErrors: false, merge: false })
  const [document, second] = composer.compose(tokens, true, text.length)
  if (!document) return fail('the file is empty')
  const marker = document.errors.length > 0 ? findLeftOverMarker(text) : undefined
  if (marker) return fail(marker.message, marker.line, marker.column)
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    file,
    ...at(error.pos[0]),
    message: messageOf(error),
  }))
  for (const { offset, source } of tokens.filter((token) => token.type === 'directive'))
    if (!/^%YAML\s+1\.2\s*$/.test(source))
      problems.push({
        file,
        ...at(offset),
        message: 'only YAML 1.2 is supported: remove the line that starts with %',
      })
  if (second)
    problems.push({ file, ...at(second.range[0]), message: 'a second document starts here: use one file per document' })
  if (problems.length === 0) problems.push(...findRefused(file, text, document, at))
  if (problems.length > 0) return { yaml: undefined, problems: problems.slice(0, MOST_PROBLEMS) }
  if (keepFloats) markFloats(document)
  const locate: YamlDocument['locate'] = (path, options) => at(offsetOf(document, path, options?.key ?? false))
  return { yaml: { file, tree: () => document, data: document.toJS() as unknown, locate }, problems: [] }
}

function markFloats(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'number') node.value = numberIn(node)
    },
  })
}

/** Returns a number as it is written: `3.0` and `1e3` are floats. */
export function numberIn({ value, source = '' }: Scalar): number | ExactNumber {
  return /^[-+\d.]+(?:[eE][-+]?\d+)?$/.test(source) && /[.eE]/.test(source) ? floatOf(Number(value)) : Number(value)
}

/**
 * Adds the folder that the files of an error's problems are relative to, for tasks that do not know it.
 * @param folder the folder for files that the user named, if it is another one
 */
export function inFolder(error: CpmErrorType, root: string, folder?: string): CpmErrorType {
  const { code, message, hint, details, cause } = error
  const places = folder === undefined ? { root } : { root, folder }
  return new CpmError(code, message, { hint, details: { ...details, ...places }, cause })
}

/** Returns an error that lists all problems as `file:line:column message`. */
export function problemsError(
  code: ErrorCode,
  summary: string,
  problems: readonly Problem[],
  hint?: string,
): CpmErrorType {
  const list = problems.map((problem) => `  ${problemText(problem)}`)
  return new CpmError(code, [summary, ...list].join('\n'), { hint, details: { problems } })
}

function messageOf(error: { code: string; message: string }): string {
  if (error.code !== 'TAG_RESOLVE_FAILED') return yamlProblem(error)
  const tag = /^Unresolved tag: (.*)/.exec(error.message)?.[1]
  return tag === undefined ? yamlProblem(error) : refusedTag(tag)
}

/** Tags of YAML's core schema, which change nothing or turn a value into a string. */
const CORE_TAGS: ReadonlySet<string> = new Set(['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map(coreTag))

function coreTag(name: string): string {
  return `tag:yaml.org,2002:${name}`
}

function refusedTag(tag: string): string {
  const name = tag.startsWith(coreTag('')) ? `!!${tag.slice(coreTag('').length)}` : tag
  return CORE_TAGS.has(tag)
    ? `the value is not a ${name}`
    : `the tag ${name} is not supported: write the value as plain data`
}

type At = (offset: number) => { line: number; column: number }

function findRefused(file: string, text: string, document: Document, at: At): Problem[] {
  const problems: Problem[] = []
  const refuse = (node: unknown, message: string) => {
    problems.push({ file, ...at(offsetOfNode(node)), message })
  }
  visit(document, {
    Node(_, node, path) {
      // A path alternates between collections and pairs, so each level counts up to twice.
      if (path.length > 2 * MAX_DEPTH) {
        refuse(node, `nested deeper than ${MAX_DEPTH}`)
        return visit.BREAK
      }
      if (isAlias(node)) refuse(node, 'aliases are not supported: write the value out')
      else if (node.anchor !== undefined) refuse(node, 'anchors are not supported: write the value out')
      else if (node.tag !== undefined && !CORE_TAGS.has(node.tag)) {
        const { line, column } = at(offsetOfTag(text, offsetOfNode(node)))
        problems.push({ file, line, column, message: refusedTag(node.tag) })
      } else if (isScalar(node) && typeof node.value === 'string' && hasLoneSurrogate(node.value))
        refuse(node, 'a lone surrogate: write the whole character')
      if (!isMap(node)) return undefined
      // The library's own check is quadratic, and does not report the first place.
      const seen = new Map<string, number>()
      for (const { key } of node.items) {
        if (!isScalar(key) || typeof key.value !== 'string') refuse(key, 'a key must be a string: put it in quotes')
        else if (key.value === '__proto__') refuse(key, 'the key __proto__ is not accepted')
        else if (key.value === '<<') refuse(key, 'merge keys are not supported: write the values out')
        else if (seen.has(key.value))
          refuse(key, `duplicate key ${key.value}, first used on line ${seen.get(key.value)}`)
        else seen.set(key.value, at(offsetOfNode(key)).line)
      }
      return undefined
    },
  })
  return problems
}

/** Returns the offset of the tag before a value. */
function offsetOfTag(text: string, valueAt: number): number {
  const before = text.slice(0, valueAt)
  return before.slice(0, before.lastIndexOf('!') + 1).search(/[^\s,[\]{}]*$/)
}

function offsetOfNode(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0
}

function offsetOf(document: Document, path: Path, wantKey: boolean): number {
  let node: unknown = document.contents
  let offset = offsetOfNode(node)
  path.forEach((step, index) => {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === step)
      if (!pair) {
        node = undefined
        return
      }
      const last = index === path.length - 1
      offset = offsetOfNode((wantKey && last) || pair.value === null ? pair.key : pair.value)
      node = pair.value
      return
    }
    const items = (node as { items?: unknown[] } | undefined)?.items
    const item = typeof step === 'number' ? items?.[step] : undefined
    if (item !== undefined) offset = offsetOfNode(item)
    node = item
  })
  return offset
}

/**
 * Parses into a syntax tree without recursion, and stops at nesting that would overflow the recursive step that
 * follows. The depth of the parser's own stack covers brackets and indentation alike.
 */
function readTokens(text: string, lines: LineCounter): { tokens: CST.Token[]; deepAt?: number } {
  const parser = new Parser(lines.addNewLine)
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    if (parser.stack.length > MAX_STACK) return { tokens, deepAt: parser.offset }
  }
  tokens.push(...parser.end())
  return { tokens }
}
