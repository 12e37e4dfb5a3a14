import path from 'node:path'
import type { InputDeclaration } from '../../schema/input.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { MANIFEST_FILE, readManifestText } from '../../package/manifest.ts'
import { readTextIfThere } from '../../core/atomic-file.ts'
import { type Path, type Problem, readYaml, type YamlDocument } from '../../core/yaml.ts'
import { emptyValues, fitValue, isMap, type Values } from './fit-value.ts'
import { type Finding, formatPath, type Shape, shapeOfInputs } from './shape.ts'

export const VALUES_FILE = 'values.yaml'

/** What of a manifest decides about inputs. */
export type InputManifest = Pick<PackageManifest, 'inputs' | 'dependencies'>

/** What a package says about its inputs: their shape, and the values of its values.yaml. */
export interface PackageInputs {
  readonly shape: Shape
  readonly values: Values
  readonly yaml: YamlDocument | undefined
  /** the author's mistakes, each with its place */
  readonly problems: readonly Problem[]
}

/** Reads what the package in `root` says about its inputs, and checks all of it that needs no user. */
export function readPackageInputs(root: string, { inputs, dependencies }: InputManifest): PackageInputs {
  const { root: shape, problems: declared } = shapeOfInputs(inputs)
  const findings = [...declared, ...(declared.length === 0 ? defaultFindings(inputs, shape) : [])]
  const { yaml, problems } = readValuesFile(root)
  const values = valuesOf(yaml, shape, new Set(dependencies.map(({ name }) => name)))
  if (yaml && declared.length === 0) {
    const wrong = [...fitValue(shape, values, { partial: true }).problems, ...defaultedTwice(shape, values, [])]
    // A default that does not fit is reported where it stands, not again here.
    const ours = wrong.filter(({ path }) => hasValueAt(values, path))
    problems.push(
      ...ours.map(({ path, message }) => ({ file: VALUES_FILE, ...yaml.locate(path, { key: true }), message })),
    )
  }
  return { shape, values, yaml, problems: [...placeInManifest(root, findings), ...problems] }
}

/** Whether values.yaml says anything at a path; what is missing in an item of a list counts to the item. */
export function hasValueAt(values: Values, path: Path): boolean {
  let value: unknown = values
  let isInItem = false
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return isInItem
    value = (value as Values)[step]
    isInItem ||= typeof step === 'number'
  }
  return true
}

function readValuesFile(root: string): { yaml: YamlDocument | undefined; problems: Problem[] } {
  const text = readTextIfThere(path.join(root, VALUES_FILE))
  if (text === undefined) return { yaml: undefined, problems: [] }
  const { yaml, problems } = readYaml(VALUES_FILE, text)
  if (!yaml || yaml.data === null) return { yaml: undefined, problems }
  if (isMap(yaml.data)) return { yaml, problems: [] }
  return { yaml: undefined, problems: [{ file: VALUES_FILE, line: 1, column: 1, message: 'the values must be a map' }] }
}

/** The values for this package alone: what stands under the name of a dependency is for that one. */
function valuesOf(yaml: YamlDocument | undefined, shape: Shape, dependencies: ReadonlySet<string>): Values {
  const values = emptyValues()
  for (const [key, value] of Object.entries((yaml?.data ?? {}) as Values))
    if (shape.fields?.has(key) || !dependencies.has(key)) values[key] = value
  return values
}

function defaultFindings(inputs: readonly InputDeclaration[], root: Shape): Finding[] {
  return inputs.flatMap(({ key }, index) => {
    let shape: Shape | undefined = root
    for (const part of key.split('.')) shape = shape?.fields?.get(part)
    if (shape?.default === undefined) return []
    const { problems } = fitValue(shape, shape.default, { partial: true })
    return problems.map(({ path, message }) => ({
      path: ['inputs', index, 'default', ...path],
      message: `the default of ${key}${path.length === 0 ? '' : ':'} ${message}`,
    }))
  })
}

function defaultedTwice(shape: Shape, values: unknown, path: Path): Finding[] {
  const own = path.length > 0 && shape.default !== undefined
  if (own) return [{ path, message: `${formatPath(path)} has a default in ${MANIFEST_FILE} already: keep one of them` }]
  if (!shape.fields || !isMap(values)) return []
  return [...shape.fields].flatMap(([name, field]) =>
    Object.hasOwn(values, name) ? defaultedTwice(field, values[name], [...path, name]) : [],
  )
}

function placeInManifest(root: string, findings: readonly Finding[]): Problem[] {
  if (findings.length === 0) return []
  const { yaml } = readYaml(MANIFEST_FILE, readManifestText(root))
  return findings.map(({ path, message }) => ({
    file: MANIFEST_FILE,
    ...(yaml?.locate(path) ?? { line: 1, column: 1 }),
    message,
  }))
}
