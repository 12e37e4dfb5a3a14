import type { CpmError } from '../core/errors.ts'
import type { PackageFolder, WorkflowPackages } from './templates/package-sources.ts'
import { dependencyProblems, type FindInputs, givenTo } from './values/dependency-inputs.ts'
import type { GivenValues, ValuesProblem } from './values/given-values.ts'
import { type LaidInputs, layInputs, missingOf, unsoundError } from './values/inputs.ts'
import { readPackageInputs } from './values/package-inputs.ts'
import type { PathPlan } from './values/paths.ts'
import { forExpressions, type SecretPlan, type SeenValues } from './values/secrets.ts'

/** The inputs of a package and of those that its workflows include from, each with what it is given; the package itself first. */
export function layIncluded({ main, included }: WorkflowPackages, given: GivenValues): Map<PackageFolder, LaidInputs> {
  const own = layInputs(readPackageInputs(main.root, main.manifest), given)
  const laid = new Map<PackageFolder, LaidInputs>([[main, own]])
  for (const found of included.values()) {
    const { name } = found.manifest
    const user = laid.get(found.user) ?? own
    laid.set(found, layInputs(readPackageInputs(found.root, found.manifest, `${name}/`), givenTo(user, name)))
  }
  return laid
}

/** What is known of the values for a package and for those that its workflows may include, before it is known which they do. */
export interface KnownInputs {
  readonly laid: ReadonlyMap<PackageFolder, LaidInputs>
  readonly seen: ReadonlyMap<PackageFolder, SeenValues>
  /** what is wrong, whichever packages a document takes in */
  readonly wrong: readonly ValuesProblem[]
}

/** @param find the other dependencies too: values for them are checked all the same */
export function knownInputs(
  packages: WorkflowPackages,
  given: GivenValues,
  { find, secrets, paths }: { find: FindInputs; secrets: SecretPlan; paths: PathPlan },
): KnownInputs {
  const laid = layIncluded(packages, given)
  const own = laid.get(packages.main)
  const seen = new Map([...laid].map(([folder, inputs]) => [folder, forExpressions(inputs, secrets, paths)]))
  const wrong = [...laid.values()].flatMap(({ problems }) => problems)
  return { laid, seen, wrong: [...wrong, ...(own ? dependencyProblems(own, find) : [])] }
}

/** The packages that can't be included with what is known: a required value is missing, or a secret is of no use. */
export function incompleteIn({ laid, seen }: KnownInputs): string[] {
  return [...laid].flatMap(([folder, { missing }]) =>
    missing.length > 0 || (seen.get(folder)?.problems.length ?? 0) > 0 ? [folder.manifest.name] : [],
  )
}

/**
 * An error with everything that is wrong, and with what is missing for the packages that a document takes in.
 * @param lacking their names
 */
export function knownInputsError({ laid, seen, wrong }: KnownInputs, lacking: readonly string[]): CpmError {
  const isLacking = ({ manifest }: PackageFolder) => lacking.includes(manifest.name)
  const missing = [...laid].flatMap(([folder, inputs]) => (isLacking(folder) ? missingOf(inputs) : []))
  const useless = [...seen].flatMap(([folder, { problems }]) => (isLacking(folder) ? problems : []))
  return unsoundError([...wrong, ...useless], missing)
}
