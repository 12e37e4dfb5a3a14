import type { Path } from '../../core/yaml.ts'
import { emptyValues, type Values } from './fit-value.ts'
import type { ValuesProblem } from './value-overrides.ts'
import { problemAt, type ResolvedInputs } from './inputs.ts'
import { type Layer, sayingOf, topLayer } from './layer.ts'
import { AS_WRITTEN, type PathPlan } from './paths.ts'
import { parseSecretReference, type SecretReference } from './secret-reference.ts'
import { formatPath, type Shape } from './shape.ts'

/**
 * How an engine handles secrets. Values and expressions contain a string in place of each secret: its reference, or
 * the path of a file. So a secret's value can't get into a spec, whatever an expression does.
 */
export interface SecretPlan {
  /** why a reference can't be used here; never reveals the value */
  problem(reference: SecretReference): string | undefined
  /** the string that replaces the secret; `name` is its path, as in messages */
  text(name: string, reference: SecretReference, written: string): string
}

/** Keeps references unchanged, for a workflow that is displayed and not run. */
export const REFERENCES: SecretPlan = { problem: () => undefined, text: (_name, _reference, written) => written }

/** Keeps references for a colony, whose executors resolve them. */
export const COLONY_SECRETS: SecretPlan = {
  problem: ({ kind }) =>
    kind === 'secret'
      ? undefined
      : `is in ${kind === 'env' ? 'a variable' : 'a file'} on this machine, and a colony would expose it: use secret:NAME`,
  text: (_name, _reference, written) => written,
}

/** The values of a package as expressions see them. */
export interface SeenValues {
  readonly values: Values
  /** every secret and every path that the engine can't use */
  readonly problems: readonly ValuesProblem[]
}

export function forExpressions(
  { declared, overrides, layers, values }: ResolvedInputs,
  plan: SecretPlan,
  paths: PathPlan = AS_WRITTEN,
): SeenValues {
  const problems: ValuesProblem[] = []
  const report = (path: Path, problem: string, layer: Layer | undefined): string => {
    const message = `${formatPath([...overrides.prefix, ...path])} ${problem}`
    problems.push(layer ? problemAt(layer.origin(path), message) : { message })
    return ''
  }
  const secret = (path: Path, written: string): string => {
    const reference = parseSecretReference(written)
    const name = formatPath([...overrides.prefix, ...path])
    if (!reference) throw new Error(`${name} was accepted without being a reference`)
    const problem = plan.problem(reference)
    if (problem === undefined) return plan.text(name, reference, written)
    return report(path, problem, topLayer(layers, path))
  }
  const place = (at: Path, text: string, { isOutput }: Shape): string => {
    const layer = layers.findLast((one) => valueIn(one, at) === text && one.folder(at) !== undefined)
    // A value from no layer is a field's default, which the package declares.
    const folder = layer?.folder(at) ?? declared.root
    const isOfPackage = layer === undefined || ['default', 'package', 'consumer'].includes(layer.kind)
    const placed = paths({ text, folder, isOfPackage, isOutput })
    return 'text' in placed ? placed.text : report(at, placed.problem, layer)
  }
  const see = (shape: Shape, value: unknown, path: Path): unknown => {
    if (shape.isSecret && typeof value === 'string') return secret(path, value)
    if (shape.type === 'path' && typeof value === 'string') return place(path, value, shape)
    if (Array.isArray(value)) {
      const { item } = shape
      return item ? value.map((entry, index) => see(item, entry, [...path, index])) : value
    }
    if (!shape.fields || value === null || typeof value !== 'object') return value
    const seen = emptyValues()
    for (const [name, field] of shape.fields)
      if (Object.hasOwn(value, name)) seen[name] = see(field, (value as Values)[name], [...path, name])
    return seen
  }
  return { values: see(declared.shape, values, []) as Values, problems } // the shape of all inputs is a map
}

function valueIn(layer: Layer, path: Path): unknown {
  const saying = sayingOf(layer, path)
  return saying.says === 'value' ? saying.value : undefined
}
