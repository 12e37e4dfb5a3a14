import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { type Path, readYaml } from '../../core/yaml.ts'
import { MANIFEST_FILE, readManifestText } from '../../package/manifest.ts'
import { isMap } from './fit-value.ts'
import { covers, type InputRead } from './input-read.ts'
import type { LaidInputs } from './inputs.ts'
import { type LayerKind, type Origin, sayingOf } from './layer.ts'
import { locateDeclaration } from './package-inputs.ts'
import { parseKey } from './set-option.ts'
import { formatPath, keysOf, type Shape, shapeAt } from './shape.ts'

/** One layer's word on an input. */
export interface Setting {
  readonly layer: LayerKind
  readonly origin: Origin
  /** a plain value or JSON; left out of a secret’s reference nothing is, since it tells no value */
  readonly value: unknown
  /** whether it is what counts; of the others, what a higher layer says hides it */
  readonly counts: boolean
}

/** Everything that is known of one input. */
export interface Explanation {
  readonly key: string
  readonly type: string
  readonly label: string | undefined
  readonly description: string | undefined
  readonly isSecret: boolean
  readonly isRequired: boolean
  readonly options: readonly unknown[] | undefined
  readonly min: number | undefined
  readonly max: number | undefined
  readonly declaredAt: Origin
  readonly hasValue: boolean
  readonly value: unknown
  /** who set it, the one that counts first */
  readonly settings: readonly Setting[]
  /** the expressions that read it */
  readonly readBy: readonly InputRead[]
}

/**
 * Explains an input, or all inputs of a group: who set it, what is declared of it, who reads it.
 * @throws CpmError USAGE when there is no such input
 */
export function explainInput(laid: LaidInputs, key: string, reads: readonly InputRead[]): Explanation[] {
  const parsed = parseKey(key)
  if ('problem' in parsed) throw new CpmError('USAGE', parsed.problem)
  const { shape } = laid.declared
  const found = shapeAt(shape, parsed.path)
  const isFree = found === undefined && isWithinFreeData(shape, parsed.path)
  if (!found && !isFree) {
    const known = keysOf(shape)
    throw new CpmError('USAGE', `${key} is not among the inputs${didYouMean(key, known)}`, {
      hint: known.length === 0 ? undefined : `cpm values explain ${known[0] ?? ''}`,
    })
  }
  const paths = found?.isGroup === true ? keysOf(found, `${key}.`).map((name) => pathOf(name)) : [parsed.path]
  return paths.map((path) => explain(laid, path, reads))
}

function explain({ declared, layers, values }: LaidInputs, path: Path, reads: readonly InputRead[]): Explanation {
  const shape = shapeAt(declared.shape, path)
  const said = layers.flatMap((layer) => {
    const saying = sayingOf(layer, path)
    return saying.says === 'nothing' ? [] : [{ layer, saying }]
  })
  const settings = said.reverse().map(({ layer, saying }, index): Setting => {
    const value = saying.says === 'value' ? saying.value : null
    return { layer: layer.kind, origin: layer.origin(path), value, counts: index === 0 || isMerged(said, index) }
  })
  const value = path.reduce<unknown>(
    (value, step) =>
      value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[step] : undefined,
    values,
  )
  const { yaml } = readYaml(MANIFEST_FILE, readManifestText(declared.root))
  return {
    key: formatPath(path),
    type: shape?.type ?? 'any data',
    label: shape?.label,
    description: shape?.description,
    isSecret: shape?.isSecret ?? false,
    isRequired: shape?.isRequired ?? false,
    options: shape?.options,
    min: shape?.min,
    max: shape?.max,
    declaredAt: { label: MANIFEST_FILE, ...(yaml && locateDeclaration(yaml, path)) },
    hasValue: value !== undefined,
    value: value ?? null,
    settings,
    readBy: reads.filter((read) => covers(read.path, path) || covers(path, read.path)),
  }
}

/** Maps of several layers all count: down to the first that is no map. */
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
