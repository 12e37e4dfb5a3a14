import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import { readUserFile } from '../../core/user-files.ts'
import { type Problem, readYaml } from '../../core/yaml.ts'
import { isMap } from './fit-value.ts'
import type { ValuesDocument } from './layer.ts'

export const VALUES_FILE = 'values.yaml'

interface ReadDocument {
  /** undefined if the file is missing, empty or unreadable */
  readonly document: ValuesDocument | undefined
  readonly problems: readonly Problem[]
  readonly isThere: boolean
}

/**
 * Reads a values file, YAML or JSON.
 * @param file the file's name in problems
 */
export function readValuesFile(kind: ValuesDocument['kind'], place: string, file: string): ReadDocument {
  if (!isThere(place)) return { document: undefined, problems: [], isThere: false }
  return documentOf(kind, file, { source: readUserFile(place), folder: path.dirname(place) })
}

/** Parses the contents of a values file. */
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

/** Reads a package's own values.yaml. */
export function readPackageValues(root: string, prefix: string): ReadDocument {
  return readValuesFile('package', path.join(root, VALUES_FILE), prefix + VALUES_FILE)
}

/**
 * Returns the section of a document for a dependency. A section of a package's own values.yaml counts as values of a
 * consumer.
 * @returns an empty object if there is no such section, or it is null
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
