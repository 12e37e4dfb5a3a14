import path from 'node:path'
import { isPackageName } from '../../schema/name.ts'
import { isThere } from '../../core/atomic-file.ts'
import type { Problem } from '../../core/yaml.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { checkPackageManifest, readManifestBytes } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import { type ValueOverrides, NO_OVERRIDES, type ValuesProblem } from './value-overrides.ts'
import { type MergedInputs, mergeInputs, type ResolvedInputs } from './inputs.ts'
import { type PackageInputs, readPackageInputs } from './package-inputs.ts'
import { shapeAt } from './shape.ts'
import { sectionOf } from './values-file.ts'

/** Finds the declared inputs of an installed package; undefined if it is not installed. */
export type FindInputs = (name: string) => PackageInputs | undefined

/** Finds packages in a folder of installed packages, such as colony_packages. Each package is read once. */
export function inputsInFolder(packages: string | undefined): FindInputs {
  const known = new Map<string, PackageInputs | undefined>()
  const read = (name: string): PackageInputs | undefined => {
    if (packages === undefined || !isPackageName(name)) return undefined
    const root = safeJoin(packages, name)
    if (!isThere(path.join(root, MANIFEST_FILE))) return undefined
    const { manifest } = checkPackageManifest(`${name}/${MANIFEST_FILE}`, readManifestBytes(root), {
      unknownKeys: 'tolerate',
    })
    return manifest && readPackageInputs(root, manifest, `${name}/`)
  }
  return (name) => {
    if (!known.has(name)) known.set(name, read(name))
    return known.get(name)
  }
}

/** Merges the inputs of a package with its overrides, and also checks the values for its dependencies. */
export function mergeWithDependencies(
  declared: PackageInputs,
  overrides: ValueOverrides,
  find: FindInputs,
): MergedInputs {
  const merged = mergeInputs(declared, overrides)
  return { ...merged, problems: [...merged.problems, ...dependencyProblems(merged, find)] }
}

/**
 * Returns the problems in the values for installed dependencies. A missing input is not a problem yet, because only a
 * workflow that includes the dependency needs it.
 */
export function dependencyProblems(user: ResolvedInputs, find: FindInputs): ValuesProblem[] {
  return [...user.declared.dependencies].flatMap((name) => {
    const overrides = overridesFor(user, name)
    const declared = overrides.documents.length + overrides.sets.length > 0 ? find(name) : undefined
    if (!declared) return [...overrides.problems]
    // The dependency's own problems concern its author, not a user who only passes it values.
    const merged = mergeInputs({ ...declared, problems: [] }, overrides)
    const incomplete = merged.missing.filter(({ path }) => shapeAt(declared.shape, path.slice(0, -1))?.isGroup !== true)
    return [...merged.problems, ...incomplete.map(({ problem }) => problem), ...dependencyProblems(merged, find)]
  })
}

/** Returns the problems in the sections for installed dependencies of a package's own values.yaml. */
export function sectionProblems(declared: PackageInputs, find: FindInputs): Problem[] {
  const found = dependencyProblems(mergeInputs(declared, NO_OVERRIDES), find)
  return found.flatMap(({ file, line, column, message }) =>
    file === undefined || line === undefined || column === undefined ? [] : [{ file, line, column, message }],
  )
}

/** Returns the overrides for a dependency: its section of each document, and the options that start with its name. */
export function overridesFor(
  { declared, overrides }: Pick<ResolvedInputs, 'declared' | 'overrides'>,
  name: string,
): ValueOverrides {
  const documents = declared.document ? [declared.document, ...overrides.documents] : overrides.documents
  const prefix = [...overrides.prefix, name]
  const { folder } = overrides
  // An input with the same name takes precedence.
  if (declared.shape.fields?.has(name) === true) return { documents: [], sets: [], problems: [], prefix, folder }
  const sections = documents.map((document) => sectionOf(document, name))
  const sets = overrides.sets.filter(({ path }) => path[0] === name)
  const whole = sets.filter(({ path }) => path.length === 1)
  return {
    documents: sections.flatMap(({ section }) => section ?? []),
    sets: sets.filter(({ path }) => path.length > 1).map((set) => ({ ...set, path: set.path.slice(1) })),
    problems: [
      ...sections.flatMap(({ problem }) => problem ?? []),
      ...whole.map(({ option }) => ({
        message: `${option}: ${name} is a package: set its inputs, such as ${name}.key`,
      })),
    ],
    prefix,
    folder,
  }
}
