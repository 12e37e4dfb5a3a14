import { isMap, isScalar, isSeq, type Scalar as YamlScalar, type YAMLMap } from 'yaml'
import { numberIn, type Problem, readYaml } from '../../core/yaml.ts'
import { problemAt } from './problems.ts'
import type { Place } from './rendered.ts'
import { SourceText } from './source-text.ts'
import { StructureReader, type RawEntry } from './structure-reader.ts'
import { unknownKeyProblem, STRUCTURAL_KEYS } from './structural-keys.ts'
import type { TemplateEntry, TemplateExpression, TemplateNode, TemplatePart } from './template-node.ts'
import { scanText } from './template-text.ts'
import type { WorkflowFile } from './workflow-file.ts'

export type ReadTemplate =
  { template: TemplateNode; problems: [] } | { template: undefined; problems: readonly Problem[] }

/** Reads a template. Expressions are only in scalars, and only structural keys change the structure of the document. */
export function readTemplate({ file, text, bytes }: WorkflowFile): ReadTemplate {
  const { yaml, problems: unreadable } = readYaml(file, bytes ?? text)
  if (!yaml) return { template: undefined, problems: unreadable }
  const reader = new TemplateReader(file, text)
  const template = reader.read(yaml.tree().contents, { file, line: 1, column: 1 })
  if (reader.problems.length > 0) return { template: undefined, problems: reader.problems }
  return { template, problems: [] }
}

export class TemplateReader {
  readonly problems: Problem[] = []
  readonly #source: SourceText
  readonly #structures = new StructureReader(this)

  constructor(file: string, text: string) {
    this.#source = new SourceText(file, text)
  }

  /** @param fallback the place of a node that has none, such as an empty value */
  read(node: unknown, fallback: Place): TemplateNode {
    const place = this.placeOf(node, fallback)
    if (isMap(node)) return this.#map(node, place)
    if (isSeq(node)) return { ...place, kind: 'list', items: node.items.map((item) => this.read(item, place)) }
    return isScalar(node) ? this.#scalar(node, place) : { ...place, kind: 'scalar', value: null }
  }

  placeOf(node: unknown, fallback: Place): Place {
    const range = (node as { range?: [number, number, number] | null } | null)?.range
    return range ? this.#source.placeAt(range[0]) : fallback
  }

  /** Returns an expression in a scalar. If it is written differently in the file, its place is that of the scalar. */
  expression(source: string, node: YamlScalar, place: Place): TemplateExpression {
    const [from, to] = node.range ?? [0, 0, 0]
    return this.#expression(source, this.#source.find(source, from, to), place)
  }

  report(place: Place, message: string): void {
    this.problems.push(problemAt(place, message))
  }

  #map(node: YAMLMap, place: Place): TemplateNode {
    const structural: RawEntry[] = []
    const entries: TemplateEntry[] = []
    for (const { key, value } of node.items) {
      const written = key as YamlScalar<string> // readYaml accepts no other keys
      const keyPlace = this.placeOf(written, place)
      if (written.value.startsWith('$') && !written.value.startsWith('$$')) {
        if (STRUCTURAL_KEYS.includes(written.value)) structural.push({ key: written.value, keyPlace, value })
        else this.report(keyPlace, unknownKeyProblem(written.value))
      } else entries.push({ key: this.#key(written.value, keyPlace), keyPlace, node: this.read(value, keyPlace) })
    }
    if (structural.length > 0) return this.#structures.read(structural, entries, place)
    return { ...place, kind: 'map', entries }
  }

  #key(written: string, place: Place): string {
    const { parts } = scanText(written)
    const [part] = parts ?? []
    if (parts?.length !== 1 || part?.kind !== 'text') {
      this.report(place, `${written}: a key can't contain an expression (a literal \${ is written $\${)`)
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
        this.report(place, `the number ${node.source ?? value} can't be represented exactly: write it as a string`)
      return { ...place, kind: 'scalar', value: numberIn(node) }
    }
    this.report(place, 'unsupported value: use a string, a number, true, false or null')
    return { ...place, kind: 'scalar', value: null }
  }

  #text(text: string, [from, to]: readonly [number, number, number], place: Place): TemplateNode {
    const { parts, problem } = scanText(text)
    if (problem) {
      const at = this.#source.find(text.slice(problem.start), from, to)
      this.report(at === undefined ? place : this.#source.placeAt(at), problem.message)
      return { ...place, kind: 'scalar', value: text }
    }
    if (parts.every((part) => part.kind === 'text'))
      return { ...place, kind: 'scalar', value: parts.map((part) => part.text).join('') }
    let cursor: number | undefined = from
    const placed = parts.map((part): TemplatePart => {
      if (part.kind === 'text') return part
      const { source } = part
      const at: number | undefined = cursor === undefined ? undefined : this.#source.find(`\${${source}}`, cursor, to)
      // It is written differently in the file, for example with escapes: from here on, use the place of the scalar.
      cursor = at === undefined ? undefined : at + 2 + source.length
      return this.#expression(source, at === undefined ? undefined : at + 2, place)
    })
    return { ...place, kind: 'text', parts: placed }
  }

  #expression(source: string, start: number | undefined, place: Place): TemplateExpression {
    return {
      kind: 'expression',
      source,
      place: (offset) => (start === undefined ? place : this.#source.placeAt(start + offset)),
    }
  }
}
