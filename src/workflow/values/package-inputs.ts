import type { InputDeclaration, ValueType } from '../../schema/input.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { readManifestBytes } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import { type Path, type Problem, readYaml, type YamlDocument } from '../../core/yaml.ts'
import { emptyValues, fitValue, isMap, type Values } from './fit-value.ts'
import { type Layer, placeIn, type ValuesDocument } from './layer.ts'
import { type ShapeProblem, formatPath, type Shape, shapeOfInputs } from './shape.ts'
import { readPackageValues } from './values-file.ts'

/** The parts of a manifest that concern inputs. */
export type InputManifest = Pick<PackageManifest, 'inputs' | 'dependencies'>

/** The inputs that a package declares: their shape, their defaults, and the values in its values.yaml. */
export interface PackageInputs {
  readonly root: string
  /** the name of its manifest in problems */
  readonly file: string
  readonly inputs: readonly InputDeclaration[]
  readonly shape: Shape
  /** the packages that its values.yaml may have values for */
  readonly dependencies: ReadonlySet<string>
  readonly document: ValuesDocument | undefined
  /** the package author's mistakes, each with its place */
  readonly problems: readonly Problem[]
}

/**
 * Reads the inputs that the package in `root` declares, and checks everything that does not depend on its users.
 * @param prefix the prefix of its file names in problems, such as `image-tools/`
 */
export function readPackageInputs(root: string, manifest: InputManifest, prefix = ''): PackageInputs {
  const { inputs } = manifest
  const file = prefix + MANIFEST_FILE
  const { root: shape, problems: declared } = shapeOfInputs(inputs)
  const findings = [...declared, ...(declared.length === 0 ? defaultFindings(inputs) : [])]
  const { document, problems: unreadable } = readPackageValues(root, prefix)
  const dependencies = new Set<string>(manifest.dependencies.map(({ name }) => name))
  const problems = [...placeInManifest(root, file, findings), ...unreadable]
  if (document && declared.length === 0) {
    const values = ownValues({ shape, dependencies }, document.data)
    const wrong = [...documentFindings({ shape, dependencies }, document), ...defaultedTwice(shape, values, [])]
    problems.push(...placed(document, wrong))
  }
  return { root, file, inputs, shape, dependencies, document, problems }
}

type Declared = Pick<PackageInputs, 'shape' | 'dependencies'>

/** Returns the values for this package alone, without the sections for its dependencies. */
export function ownValues({ shape, dependencies }: Declared, data: Values): Values {
  const values = emptyValues()
  for (const [key, value] of Object.entries(data))
    if (shape.fields?.has(key) || !dependencies.has(key)) values[key] = value
  return values
}

/** Returns the values in a document that do not fit, whatever other documents contain. */
export function documentFindings(declared: Declared, document: ValuesDocument, prefix: Path = []): ShapeProblem[] {
  const values = ownValues(declared, document.data)
  const isOfPackage = document.kind !== 'file'
  const otherKeys = [...declared.dependencies]
  const { problems } = fitValue(declared.shape, values, { partial: true, isOfPackage, prefix, otherKeys })
  return problems.filter(({ path }) => hasValueAt(values, path))
}

/** Turns findings in a document into problems, ordered by their place. */
export function placed(document: ValuesDocument, findings: readonly ShapeProblem[]): Problem[] {
  const problems = findings.map(({ path, message }) => ({ ...placeIn(document, path), message }))
  return problems.sort((a, b) => a.line - b.line || a.column - b.column)
}

/** Returns the declared defaults, which are the lowest layer. */
export function defaultsLayer({ root, file, shape }: PackageInputs): Layer {
  let yaml: YamlDocument | undefined
  const values = (group: Shape): Values => {
    const defaults = emptyValues()
    for (const [name, field] of group.fields ?? []) {
      if (field.isGroup) defaults[name] = values(field)
      else if (field.default !== undefined) defaults[name] = field.default
    }
    return defaults
  }
  return {
    kind: 'default',
    data: values(shape),
    origin(path) {
      yaml ??= readYaml(file, readManifestBytes(root)).yaml
      const place = yaml && locateDefault(yaml, path)
      return { label: file, ...place }
    },
    folder: () => root,
  }
}

/** Returns where colony.yaml declares the input at a path, or the input that contains the path. */
export function locateDeclaration(yaml: YamlDocument, path: Path): { line: number; column: number } | undefined {
  const found = findDeclaration(yaml, path)
  return found && yaml.locate(['inputs', found.index])
}

/** Returns the place in colony.yaml where an input is declared, with the file name. */
export function declarationOf({ root, file }: PackageInputs, path: Path): Omit<Problem, 'message'> {
  const { yaml } = readYaml(file, readManifestBytes(root))
  return { file, ...((yaml && locateDeclaration(yaml, path)) ?? { line: 1, column: 1 }) }
}

function locateDefault(yaml: YamlDocument, path: Path): { line: number; column: number } | undefined {
  const found = findDeclaration(yaml, path)
  return found && yaml.locate(['inputs', found.index, 'default', ...path.slice(found.length)])
}

function findDeclaration(yaml: YamlDocument, path: Path): { index: number; length: number } | undefined {
  const { inputs } = yaml.data as { inputs?: { key?: unknown }[] }
  for (let length = path.length; length > 0; length--) {
    const key = formatPath(path.slice(0, length))
    const index = inputs?.findIndex((input) => input.key === key) ?? -1
    if (index >= 0) return { index, length }
  }
  return undefined
}

/** Whether there are values at a path; what is missing in an item of a list counts as part of the item. */
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

/** Returns the defaults and examples that do not fit their type, including those of items and fields. */
function defaultFindings(inputs: readonly InputDeclaration[]): ShapeProblem[] {
  const within = (value: ValueType, name: string, at: Path): ShapeProblem[] => [
    ...(value.items ? ofValue(value.items, `${name}[]`, [...at, 'items']) : []),
    ...(value.fields ?? []).flatMap((field, index) => ofValue(field, `${name}.${field.key}`, [...at, 'fields', index])),
  ]
  const ofValue = (value: ValueType, name: string, at: Path): ShapeProblem[] => {
    const shape = shapeOfInputs([{ ...value, key: 'x' }]).root.fields?.get('x')
    const findings = (['default', 'example'] as const).flatMap((what) => {
      const written = value[what]
      if (written === undefined || !shape) return []
      const { problems } = fitValue(shape, written, { partial: true, isOfPackage: true })
      const own = problems.filter(({ path }) => isIn(written, path))
      return own.map(({ path, message }) => ({
        path: [...at, what, ...path],
        message: `the ${what} of ${name}${path.length === 0 ? '' : ':'} ${message}`,
      }))
    })
    return [...findings, ...within(value, name, at)]
  }
  return inputs.flatMap((input, index) => ofValue(input, input.key, ['inputs', index]))
}

function isIn(value: unknown, path: Path): boolean {
  return path.length === 0 || (isMap(value) ? hasValueAt(value, path) : true)
}

function defaultedTwice(shape: Shape, values: unknown, path: Path): ShapeProblem[] {
  const own = path.length > 0 && shape.default !== undefined
  if (own) return [{ path, message: `${formatPath(path)} already has a default in ${MANIFEST_FILE}: keep one of them` }]
  if (!shape.isGroup || !shape.fields || !isMap(values)) return []
  return [...shape.fields].flatMap(([name, field]) =>
    Object.hasOwn(values, name) ? defaultedTwice(field, values[name], [...path, name]) : [],
  )
}

function placeInManifest(root: string, file: string, findings: readonly ShapeProblem[]): Problem[] {
  if (findings.length === 0) return []
  const { yaml } = readYaml(file, readManifestBytes(root))
  return findings.map(({ path, message }) => ({ file, ...(yaml?.locate(path) ?? { line: 1, column: 1 }), message }))
}
