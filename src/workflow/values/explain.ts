import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { type Path, readYaml } from '../../core/yaml.ts'
import { readManifestBytes } from '../../package/manifest.ts'
import { isMap, type Values } from './fit-value.ts'
import { covers, type InputRead } from './input-read.ts'
import type { MergedInputs } from './inputs.ts'
import { type LayerKind, type Origin, sayingOf, topLayer } from './layer.ts'
import { locateDeclaration } from './package-inputs.ts'
import { parseKey } from './set-option.ts'
import { formatPath, keysOf, type Shape, shapeAt } from './shape.ts'

/** What one layer sets an input to. */
export interface Setting {
  readonly layer: LayerKind
  readonly origin: Origin
  /** null if the layer removes the value; for a secret, its reference */
  readonly value: unknown
  /** whether it has an effect; otherwise a higher layer hides it */
  readonly counts: boolean
}

/** Everything that is known about one input. */
export interface Explanation {
  readonly key: string
  readonly type: string
  readonly label: string | undefined
  readonly description: string | undefined
  readonly unit: string | undefined
  readonly example: unknown
  readonly isSecret: boolean
  readonly isRequired: boolean
  /** the package of the input, if the input matters only when a workflow includes that package */
  readonly includedFrom: string | undefined
  readonly options: readonly unknown[] | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  readonly declaredAt: Origin
  readonly hasValue: boolean
  readonly value: unknown
  /** the layers that set it, the effective one first */
  readonly settings: readonly Setting[]
  /** the expressions that read it */
  readonly readBy: readonly InputRead[]
}

/**
 * Explains an input, or all inputs of a group: where it is set, how it is declared, and what reads it.
 * @param all a package, then the packages that it includes, whose inputs are found under their names
 * @param readsOf returns the expressions of a package that read its inputs
 * @throws CpmError USAGE if there is no such input
 */
export function explainInput(
  all: readonly [MergedInputs, ...MergedInputs[]],
  key: string,
  readsOf: (merged: MergedInputs) => readonly InputRead[],
): Explanation[] {
  const parsed = parseKey(key)
  if ('problem' in parsed) throw new CpmError('USAGE', parsed.problem)
  const merged = ownerOf(all, parsed.path)
  const { shape } = merged.declared
  const path = parsed.path.slice(merged.overrides.prefix.length)
  const found = shapeAt(shape, path)
  const isFree = found === undefined && isWithinFreeData(shape, path)
  if (!found && !isFree) {
    const known = all.flatMap((one) =>
      [...keysOf(one.declared.shape), ...groupsOf(one.declared.shape)].map((name) => nameIn(one, pathOf(name))),
    )
    throw new CpmError('USAGE', `${key} is not a declared input${didYouMean(key, known)}`, {
      hint:
        known.length === 0 ? undefined : `one of: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', …' : ''}`,
    })
  }
  const paths = found?.isGroup === true ? keysOf(found, `${formatPath(path)}.`).map((name) => pathOf(name)) : [path]
  const reads = readsOf(merged)
  return paths.map((one) => explain(merged, one, reads))
}

/** Returns whose input a path means. An input takes precedence over a dependency with the same name. */
function ownerOf([own, ...included]: readonly [MergedInputs, ...MergedInputs[]], path: Path): MergedInputs {
  if (own.declared.shape.fields?.has(String(path[0])) === true) return own
  const within = included.filter(({ overrides }) => overrides.prefix.length < path.length && overrides.prefix.every((step, index) => step === path[index])) // prettier-ignore
  return within.sort((a, b) => b.overrides.prefix.length - a.overrides.prefix.length)[0] ?? own
}

/** Returns the name of an input for the user who runs the workflow. */
function nameIn({ overrides }: MergedInputs, path: Path): string {
  return formatPath([...overrides.prefix, ...path])
}

function includedFrom({ overrides }: MergedInputs): string | undefined {
  return overrides.prefix.at(-1)?.toString()
}

/** Returns the text to show for an input without a value. */
export function absenceOf({ isRequired, includedFrom }: { isRequired: boolean; includedFrom: string | null }): string {
  if (!isRequired) return 'none'
  return includedFrom === null ? 'missing, but required' : `missing, but required if ${includedFrom} is included`
}

function groupsOf(shape: Shape, prefix = ''): string[] {
  return [...(shape.fields ?? [])].flatMap(([name, field]) =>
    field.isGroup ? [prefix + name, ...groupsOf(field, `${prefix}${name}.`)] : [],
  )
}

/** Returns every declared input with its value, and where the value is set. */
export function effectiveInputs(merged: MergedInputs) {
  const { declared, layers, values } = merged
  return keysOf(declared.shape).map((key) => {
    const path = pathOf(key)
    const value = valueAt(values, path) ?? null
    const top = value === null ? undefined : topLayer(layers, path)
    const { type, unit, example, isRequired, isSecret } = shapeAt(declared.shape, path) ?? {}
    return {
      key: nameIn(merged, path),
      type,
      unit: unit ?? null,
      example: example ?? null,
      isRequired: isRequired ?? false,
      isSecret: isSecret ?? false,
      includedFrom: includedFrom(merged) ?? null,
      value,
      at: top ? placeOf(top.origin(path)) : null,
    }
  })
}

/** Formats an origin: `values.yaml:3:5`, or the option. */
export function placeOf({ label, line, column }: Origin): string {
  return line === undefined ? label : `${label}:${line}:${column ?? 1}`
}

function explain(merged: MergedInputs, path: Path, reads: readonly InputRead[]): Explanation {
  const { declared, layers, values } = merged
  const shape = shapeAt(declared.shape, path)
  const said = layers.flatMap((layer) => {
    const saying = sayingOf(layer, path)
    return saying.says === 'nothing' ? [] : [{ layer, saying }]
  })
  const settings = said.reverse().map(({ layer, saying }, index): Setting => {
    const value = saying.says === 'value' ? saying.value : null
    return { layer: layer.kind, origin: layer.origin(path), value, counts: index === 0 || isMerged(said, index) }
  })
  const value = valueAt(values, path)
  const { yaml } = readYaml(declared.file, readManifestBytes(declared.root))
  const declaredAt = { label: declared.file, ...(yaml && locateDeclaration(yaml, path)) }
  // A field of an item may have its declared default, which is not in any layer.
  if (value !== undefined && settings.length === 0)
    settings.push({ layer: 'default', origin: declaredAt, value, counts: true })
  return {
    key: nameIn(merged, path),
    type: shape?.type ?? 'any data',
    label: shape?.label,
    description: shape?.description,
    unit: shape?.unit,
    example: shape?.example,
    isSecret: shape?.isSecret ?? false,
    isRequired: shape?.isRequired ?? false,
    includedFrom: includedFrom(merged),
    options: shape?.options,
    min: shape?.min,
    max: shape?.max,
    declaredAt,
    hasValue: value !== undefined,
    value: value ?? null,
    settings,
    readBy: reads.filter((read) => covers(read.path, path) || covers(path, read.path)),
  }
}

function valueAt(values: Values, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) => (value !== null && typeof value === 'object' ? (value as Values)[step] : undefined),
    values,
  )
}

/** Whether a layer is merged with all above it: maps are merged down to the first value that is not a map. */
function isMerged(said: readonly { saying: { says: string; value?: unknown } }[], index: number): boolean {
  return said.slice(0, index + 1).every(({ saying }) => saying.says === 'value' && isMap(saying.value))
}

function pathOf(key: string): Path {
  return key.split('.')
}

function isWithinFreeData(root: Shape, path: Path): boolean {
  for (let length = path.length - 1; length > 0; length--) {
    const shape = shapeAt(root, path.slice(0, length))
    if (shape) return (shape.type === 'map' && !shape.fields) || (shape.type === 'list' && !shape.item)
  }
  return false
}
