import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import { readUserFile } from '../../core/user-files.ts'
import { type Problem, readYaml } from '../../core/yaml.ts'
import { isMap } from './fit-value.ts'
import type { ValuesDocument } from './layer.ts'

export const VALUES_FILE = 'values.yaml'

interface ReadDocument {
  /** none where the file is not there, is empty or can't be read */
  readonly document: ValuesDocument | undefined
  readonly problems: readonly Problem[]
  readonly isThere: boolean
}

/**
 * Reads a file of values, YAML or JSON.
 * @param file the name that problems carry
 */
export function readValuesFile(kind: ValuesDocument['kind'], place: string, file: string): ReadDocument {
  if (!isThere(place)) return { document: undefined, problems: [], isThere: false }
  return documentOf(kind, file, { source: readUserFile(place), folder: path.dirname(place) })
}

/** The text of a file of values. */
export function documentOf(
  kind: ValuesDocument['kind'],
  file: string,
  { source, folder }: { source: string | Uint8Array; folder: string },
): ReadDocument {
  const { yaml, problems } = readYaml(file, source, { keepFloats: true })
  if (!yaml || yaml.data === null) return { document: undefined, problems, isThere: true }
  if (!isMap(yaml.data)) {
    const problem = { file, line: 1, column: 1, message: 'the values must be a map' }
    return { document: undefined, problems: [problem], isThere: true }
  }
  return { document: { kind, yaml, folder, section: [], data: yaml.data }, problems: [], isThere: true }
}

/** The values.yaml of the package in a folder. */
export function readPackageValues(root: string, prefix: string): ReadDocument {
  return readValuesFile('package', path.join(root, VALUES_FILE), prefix + VALUES_FILE)
}

/**
 * What a document says under a name. One of somebody who uses a package is no longer the package's own there.
 * @returns nothing where it says nothing, or null
 */
export function sectionOf(document: ValuesDocument, name: string): { section?: ValuesDocument; problem?: Problem } {
  const data = Object.hasOwn(document.data, name) ? document.data[name] : undefined
  if (data === undefined || data === null) return {}
  const section = [...document.section, name]
  if (isMap(data)) {
    const kind = document.kind === 'package' ? 'consumer' : document.kind
    return { section: { ...document, kind, section, data } }
  }
  const place = document.yaml.locate(section, { key: true })
  return { problem: { file: document.yaml.file, ...place, message: `the values for ${name} must be a map` } }
}
