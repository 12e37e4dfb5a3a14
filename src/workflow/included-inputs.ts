import type { CpmError } from '../core/errors.ts'
import type { PackageFolder, WorkflowPackages } from './templates/package-sources.ts'
import { dependencyProblems, type FindInputs, overridesFor } from './values/dependency-inputs.ts'
import type { ValueOverrides, ValuesProblem } from './values/value-overrides.ts'
import { type MergedInputs, mergeInputs, missingOf, unsoundError } from './values/inputs.ts'
import { readPackageInputs } from './values/package-inputs.ts'
import type { PathPlan } from './values/paths.ts'
import { forExpressions, type SecretPlan, type SeenValues } from './values/secrets.ts'

/**
 * Merges the inputs of a package and of the packages its workflows include from, each with its overrides; its own
 * first.
 */
export function mergeIncluded(
  { main, included }: WorkflowPackages,
  overrides: ValueOverrides,
): Map<PackageFolder, MergedInputs> {
  const own = mergeInputs(readPackageInputs(main.root, main.manifest), overrides)
  const merged = new Map<PackageFolder, MergedInputs>([[main, own]])
  for (const found of included.values()) {
    const { name } = found.manifest
    const user = merged.get(found.user) ?? own
    merged.set(found, mergeInputs(readPackageInputs(found.root, found.manifest, `${name}/`), overridesFor(user, name)))
  }
  return merged
}

/** The values for a package and for all packages its workflows may include, before it is known which ones they do. */
export interface KnownInputs {
  readonly merged: ReadonlyMap<PackageFolder, MergedInputs>
  readonly seen: ReadonlyMap<PackageFolder, SeenValues>
  /** what is wrong, whichever packages a document includes */
  readonly wrong: readonly ValuesProblem[]
}

/** @param find finds the other dependencies too, since values for them are checked as well */
export function knownInputs(
  packages: WorkflowPackages,
  overrides: ValueOverrides,
  { find, secrets, paths }: { find: FindInputs; secrets: SecretPlan; paths: PathPlan },
): KnownInputs {
  const merged = mergeIncluded(packages, overrides)
  const own = merged.get(packages.main)
  const seen = new Map([...merged].map(([folder, inputs]) => [folder, forExpressions(inputs, secrets, paths)]))
  const wrong = [...merged.values()].flatMap(({ problems }) => problems)
  return { merged, seen, wrong: [...wrong, ...(own ? dependencyProblems(own, find) : [])] }
}

/** Returns the packages that can't be included yet: a required value is missing, or a secret or path is unusable. */
export function incompleteIn({ merged, seen }: KnownInputs): string[] {
  return [...merged].flatMap(([folder, { missing }]) =>
    missing.length > 0 || (seen.get(folder)?.problems.length ?? 0) > 0 ? [folder.manifest.name] : [],
  )
}

/**
 * Returns an error that lists everything wrong, and what is missing for the packages that a document includes.
 * @param lacking the names of those packages
 */
export function knownInputsError({ merged, seen, wrong }: KnownInputs, lacking: readonly string[]): CpmError {
  const isLacking = ({ manifest }: PackageFolder) => lacking.includes(manifest.name)
  const missing = [...merged].flatMap(([folder, inputs]) => (isLacking(folder) ? missingOf(inputs) : []))
  const useless = [...seen].flatMap(([folder, { problems }]) => (isLacking(folder) ? problems : []))
  return unsoundError([...wrong, ...useless], missing)
}
