import type { Path, YamlDocument } from '../../core/yaml.ts'
import { emptyValues, isMap, type Values } from './fit-value.ts'

/**
 * One layer of values; docs/values.md lists the layers from the lowest to the highest. Maps of two layers are merged.
 * Any other value of a higher layer, including a whole list, replaces that of a lower one, and `null` removes it.
 */
export interface Layer {
  readonly kind: LayerKind
  readonly data: Values
  /** where the value at a path is set */
  origin(path: Path): Origin
  /** the folder that a path here is relative to; undefined if the value was copied from a lower layer */
  folder(path: Path): string | undefined
}

/**
 * Declared defaults, the package's values.yaml, that of a dependent package, that of the project, `-f`, and options
 * such as `--set`.
 */
export type LayerKind = 'default' | 'package' | 'consumer' | 'project' | 'file' | 'option'

/** Where a value is set: in a file, or by an option. */
export interface Origin {
  /** the file, or the option, such as `--set` */
  readonly label: string
  readonly line?: number
  readonly column?: number
}

/** Merges a layer's values over those below it, without changing either. */
export function mergeValues(lower: unknown, higher: unknown): unknown {
  if (higher === undefined) return lower
  if (!isMap(higher)) return higher
  const merged = emptyValues()
  if (isMap(lower)) for (const key of Object.keys(lower)) merged[key] = lower[key]
  for (const key of Object.keys(higher)) merged[key] = mergeValues(merged[key], higher[key])
  return merged
}

/** What a layer has at a path: a value, or a value above the path (a list, scalar or null) that hides lower layers. */
export type Saying = { readonly says: 'nothing' } | { readonly says: 'value' | 'above'; readonly value: unknown }

export function sayingOf({ data }: Pick<Layer, 'data'>, path: Path): Saying {
  let value: unknown = data
  for (const step of path) {
    if (isMap(value)) {
      if (!Object.hasOwn(value, step)) return { says: 'nothing' }
      value = value[step]
    } else if (Array.isArray(value) && typeof step === 'number' && step < value.length) value = value[step]
    else return { says: 'above', value }
  }
  return { says: 'value', value }
}

/** Returns the highest layer that has a value at or above a path. */
export function topLayer(layers: readonly Layer[], path: Path): Layer | undefined {
  return layers.findLast((layer) => sayingOf(layer, path).says !== 'nothing')
}

/** A section of a values file: the whole file, or the values under the name of a package. */
export interface ValuesDocument {
  readonly kind: 'package' | 'consumer' | 'project' | 'file'
  readonly yaml: YamlDocument
  /** the folder that paths in it are relative to */
  readonly folder: string
  readonly section: Path
  readonly data: Values
}

export function placeIn({ yaml, section }: ValuesDocument, path: Path): { file: string; line: number; column: number } {
  return { file: yaml.file, ...yaml.locate([...section, ...path], { key: true }) }
}

/** @param data the part of the document that is for this package and not for its dependencies */
export function documentLayer(document: ValuesDocument, data: Values): Layer {
  return {
    kind: document.kind,
    data,
    origin: (path) => {
      const { file, ...place } = placeIn(document, path)
      return { label: file, ...place }
    },
    folder: () => document.folder,
  }
}

export function isPrefix(prefix: Path, path: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, i) => step === path[i])
}
