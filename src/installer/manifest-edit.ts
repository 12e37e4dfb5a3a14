import { isMap, isScalar, isSeq, parseDocument, type Pair, type YAMLMap } from 'yaml'
import type { PackageName } from '../schema/name.ts'
import { parseProjectManifest } from './project-manifest.ts'
import { CpmError } from '../core/errors.ts'
import { isReadOtherwise, printYaml } from '../core/print-yaml.ts'

export type Section = 'dependencies' | 'devDependencies'

/** Returns the text of a colony.yaml that only depends on one package. */
export function manifestWith(name: PackageName, requirement: string): string {
  return setDependencies('apiVersion: v1\n', 'dependencies', new Map([[name, requirement]]))
}

/**
 * Sets requirements in the text of a colony.yaml. Only the lines of these dependencies change: all other comments,
 * order, quotes and indentation are kept.
 */
export function setDependencies(
  text: string,
  section: Section,
  requirements: ReadonlyMap<PackageName, string>,
): string {
  let edited = text
  for (const [name, requirement] of requirements)
    edited = withLineEnds(text, setOne(edited, section, name, requirement))
  const now = new Map(
    parseProjectManifest(edited)[section].map((dependency) => [dependency.name, dependency.requirement]),
  )
  for (const [name, requirement] of requirements) if (now.get(name) !== requirement) throw cannotEdit(name)
  return edited
}

/** Removes dependencies from all sections. Ignores names that are in none. */
export function removeDependencies(text: string, names: readonly PackageName[]): string {
  let edited = text
  for (const name of names)
    for (const section of ['dependencies', 'devDependencies', 'buildDependencies'])
      edited = withLineEnds(text, removeOne(edited, section, name))
  const { dependencies, devDependencies } = parseProjectManifest(edited)
  const left = [...dependencies, ...devDependencies].find((dependency) => names.includes(dependency.name))
  if (left) throw cannotEdit(left.name)
  return edited
}

/** Keeps Windows line endings. */
function withLineEnds(original: string, edited: string): string {
  return original.includes('\r\n') ? edited.replace(/\r?\n/g, '\r\n') : edited
}

function setOne(text: string, section: Section, name: PackageName, requirement: string): string {
  const document = parseDocument(text)
  const node = document.get(section, true)
  if (isMap(node) && !node.flow && node.items.length > 0) {
    const existing = pairOf(node, name)
    const value = existing?.value
    if (existing && isScalar(value) && value.range) {
      return splice(text, value.range[0], value.range[1], quote(requirement))
    }
    if (!existing) return insertLine(text, node, name, requirement)
  }
  if (node === undefined) return appendSection(text, section, name, requirement)
  // For a list, a flow map, or an empty or nested value, the library rewrites the document and keeps comments.
  if (isSeq(node)) {
    const entry = node.items.find((item) => isMap(item) && item.get('name') === name)
    if (isMap(entry)) entry.set('version', requirement)
    else document.addIn([section], document.createNode({ name, version: requirement }))
  } else if (isMap(node) && isMap(node.get(name, true))) document.setIn([section, name, 'version'], requirement)
  else document.setIn([section, name], requirement)
  return printYaml(document)
}

function removeOne(text: string, section: string, name: PackageName): string {
  const document = parseDocument(text)
  const node = document.get(section, true)
  if (isMap(node)) {
    const pair = pairOf(node, name)
    if (!pair) return text
    // Removing the last one removes the section: an empty section would parse as null.
    if (node.items.length === 1) document.delete(section)
    else if (!node.flow) return removeLines(text, pair)
    else node.delete(name)
  } else if (isSeq(node)) {
    const index = node.items.findIndex((item) => isMap(item) && item.get('name') === name)
    if (index < 0) return text
    if (node.items.length === 1) document.delete(section)
    else node.delete(index)
  } else return text
  return printYaml(document)
}

function pairOf(map: YAMLMap, name: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === name)
}

function keyStart(pair: Pair | undefined): number {
  const key = pair?.key
  return isScalar(key) && key.range ? key.range[0] : -1
}

/** Inserts a line in alphabetical order if the block is sorted, otherwise at its end. */
function insertLine(text: string, map: YAMLMap, name: string, requirement: string): string {
  const names = map.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''))
  const sorted = names.every((key, i) => i === 0 || (names[i - 1] ?? '') < key)
  const next = sorted ? map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) > name) : undefined
  const first = keyStart(map.items[0])
  const indent = text.slice(lineStart(text, first), first)
  const line = `${indent}${quote(name)}: ${quote(requirement)}\n`
  if (next) {
    const at = lineStart(text, keyStart(next))
    return splice(text, at, at, line)
  }
  const end = lineEnd(text, endOf(map.items.at(-1), keyStart(map.items.at(-1))))
  return text.slice(0, end) + (text.slice(0, end).endsWith('\n') ? '' : '\n') + line + text.slice(end)
}

function removeLines(text: string, pair: Pair): string {
  const start = lineStart(text, keyStart(pair))
  const end = lineEnd(text, endOf(pair, start))
  return splice(text, start, end, '')
}

function appendSection(text: string, section: Section, name: string, requirement: string): string {
  const head = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${head}${section}:\n  ${quote(name)}: ${quote(requirement)}\n`
}

function endOf(pair: Pair | undefined, otherwise: number): number {
  const range = (pair?.value as { range?: [number, number, number] } | null | undefined)?.range
  return range ? Math.max(range[1] - 1, otherwise) : otherwise
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline < 0 ? text.length : newline + 1
}

function splice(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

/** Quotes the string if a YAML reader would not read it back unchanged. Names and ranges never contain quotes. */
function quote(text: string): string {
  return /^[a-z^~][a-z0-9.^~-]*$/i.test(text) && !isReadOtherwise(text) ? text : `'${text}'`
}

function cannotEdit(name: string): CpmError {
  return new CpmError('MANIFEST_INVALID', `cpm can't edit the entry of ${name} in colony.yaml`, {
    hint: 'edit it by hand, then run cpm install',
  })
}
