import { isMap, isScalar, isSeq, type Pair, type Scalar as YamlScalar } from 'yaml'
import { type Problem, readYaml } from '../../core/yaml.ts'
import type { Place, Scalar } from './rendered.ts'
import { SourceText } from './source-text.ts'
import { scanText } from './template-text.ts'
import type { WorkflowFile } from './workflow-file.ts'

/** A template: the tree of its document, with expressions found and not yet computed. */
export type TemplateNode = Place &
  (
    | { readonly kind: 'scalar'; readonly value: Scalar }
    | { readonly kind: 'text'; readonly parts: readonly TemplatePart[] }
    | { readonly kind: 'list'; readonly items: readonly TemplateNode[] }
    | { readonly kind: 'map'; readonly entries: readonly TemplateEntry[] }
  )

export interface TemplateEntry {
  readonly key: string
  readonly keyPlace: Place
  readonly node: TemplateNode
}

export type TemplatePart = { readonly kind: 'text'; readonly text: string } | TemplateExpression

export interface TemplateExpression {
  readonly kind: 'expression'
  readonly source: string
  /** where the character at an offset of the source stands in the file */
  place(offset: number): Place
}

export type ReadTemplate =
  { template: TemplateNode; problems: [] } | { template: undefined; problems: readonly Problem[] }

/** Reads a template. The structure is that of the document and stays so: expressions stand only in scalars. */
export function readTemplate({ file, text }: WorkflowFile): ReadTemplate {
  const { yaml, problems: unreadable } = readYaml(file, text)
  if (!yaml) return { template: undefined, problems: unreadable }
  const reader = new TemplateReader(file, text)
  const template = reader.read(yaml.document.contents, { line: 1, column: 1 })
  if (reader.problems.length > 0) return { template: undefined, problems: reader.problems }
  return { template, problems: [] }
}

class TemplateReader {
  readonly problems: Problem[] = []
  readonly #file: string
  readonly #source: SourceText

  constructor(file: string, text: string) {
    this.#file = file
    this.#source = new SourceText(text)
  }

  /** @param fallback the place of a node that has none, as an empty value */
  read(node: unknown, fallback: Place): TemplateNode {
    const range = (node as { range?: [number, number, number] | null } | null)?.range
    const place = range ? this.#source.placeAt(range[0]) : fallback
    if (isMap(node)) return { ...place, kind: 'map', entries: node.items.map((pair) => this.#entry(pair, place)) }
    if (isSeq(node)) return { ...place, kind: 'list', items: node.items.map((item) => this.read(item, place)) }
    return isScalar(node) ? this.#scalar(node, place) : { ...place, kind: 'scalar', value: null }
  }

  #entry({ key, value }: Pair, fallback: Place): TemplateEntry {
    const node = key as YamlScalar<string> // readYaml accepts no other keys
    const keyPlace = node.range ? this.#source.placeAt(node.range[0]) : fallback
    return { key: this.#key(node.value, keyPlace), keyPlace, node: this.read(value, keyPlace) }
  }

  #key(written: string, place: Place): string {
    if (written.startsWith('$') && !written.startsWith('$$')) {
      this.#report(
        place,
        `${written}: structural keys are not in this version (a key that begins with $ is written $$)`,
      )
    }
    const { parts } = scanText(written)
    const [part] = parts ?? []
    if (parts?.length !== 1 || part?.kind !== 'text') {
      this.#report(place, `${written}: a key can’t hold an expression (a literal \${ is written $\${)`)
      return written
    }
    return part.text.startsWith('$$') ? part.text.slice(1) : part.text
  }

  #scalar(node: YamlScalar, place: Place): TemplateNode {
    const { value } = node
    if (typeof value === 'string') return this.#text(value, node.range ?? [0, 0, 0], place)
    if (value === null || typeof value === 'boolean') return { ...place, kind: 'scalar', value }
    if (typeof value === 'number') {
      if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
        this.#report(place, `the number ${value} can’t be kept exactly: write it as a text`)
      return { ...place, kind: 'scalar', value }
    }
    this.#report(place, 'this kind of value is not accepted: only texts, numbers, true, false and null')
    return { ...place, kind: 'scalar', value: null }
  }

  #text(text: string, [from, to]: readonly [number, number, number], place: Place): TemplateNode {
    const { parts, problem } = scanText(text)
    if (problem) {
      const at = this.#source.find(text.slice(problem.start), from, to)
      this.#report(at === undefined ? place : this.#source.placeAt(at), problem.message)
      return { ...place, kind: 'scalar', value: text }
    }
    if (parts.every((part) => part.kind === 'text'))
      return { ...place, kind: 'scalar', value: parts.map((part) => part.text).join('') }
    let cursor: number | undefined = from
    const placed = parts.map((part): TemplatePart => {
      if (part.kind === 'text') return part
      const { source } = part
      const at: number | undefined = cursor === undefined ? undefined : this.#source.find(`\${${source}}`, cursor, to)
      if (at === undefined) {
        // Written in another way there, as with escapes: from here on the place of the whole scalar has to do.
        cursor = undefined
        return { kind: 'expression', source, place: () => place }
      }
      const start = at + 2
      cursor = start + source.length
      return { kind: 'expression', source, place: (offset) => this.#source.placeAt(start + offset) }
    })
    return { ...place, kind: 'text', parts: placed }
  }

  #report(place: Place, message: string): void {
    this.problems.push({ file: this.#file, line: place.line, column: place.column, message })
  }
}
