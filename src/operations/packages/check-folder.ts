import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import { type Problem, problemsError, type Spot } from '../../core/yaml.ts'
import { projectOfFolder } from '../../installer/project.ts'
import type { PackageCheck } from '../../workflow/check-package.ts'
import type { WorkflowManifest } from '../../workflow/templates/package-sources.ts'
import type { Session } from '../session.ts'
import { count } from '../../core/amounts.ts'

/** What is wrong with the inputs, values, workflows and tests of a package’s folder; files are named from the working folder. */
export async function checkFolder(
  cwd: string,
  folder: string,
  manifest: WorkflowManifest | undefined,
): Promise<PackageCheck> {
  const { checkPackage } = await import('../../workflow/check-package.ts')
  const { problems, uninstalled, warnings } = checkPackage(folder, manifest, projectOfFolder(folder, cwd).packages)
  const named = (problem: Problem) => fromFolder(problem, folder, path.relative(cwd, folder))
  return { problems: problems.map(named), uninstalled: uninstalled.map(named), warnings: warnings.map(named) }
}

/** What a package has beside its files when it has a workflow. */
const PARTS = ['workflows', 'tests', 'values.yaml']

/**
 * Refuses to make anything for others of a package that nobody could run. A published version never changes.
 * @throws CpmError MANIFEST_INVALID with all that `cpm validate` would tell
 */
export async function requireSound(
  { cwd, emit }: Pick<Session, 'cwd' | 'emit'>,
  folder: string,
  manifest: WorkflowManifest,
): Promise<void> {
  // Most packages have no workflow: they wait for none of the parts that check one.
  if (manifest.inputs.length === 0 && !PARTS.some((name) => isThere(path.join(folder, name)))) return
  const { problems, uninstalled } = await checkFolder(cwd, folder, manifest)
  const { name, version } = manifest
  if (problems.length > 0)
    throw problemsError('MANIFEST_INVALID', `${name}@${version} has ${count(problems.length, 'error')}:`, problems)
  const [first] = uninstalled
  if (first)
    emit({
      type: 'warning',
      code: 'WORKFLOW_INVALID',
      message: `not all of ${name}@${version} could be checked: ${first.message}`,
    })
}

/** A problem of the package, with its files named from the working folder; those of a dependency keep the name that begins with it. */
function fromFolder({ inclusions, ...problem }: Problem, folder: string, base: string): Problem {
  const nameOf = (file: string) => (isThere(path.join(folder, file)) ? path.join(base, file) : file)
  const named = <T extends Spot>(spot: T): T => ({ ...spot, file: nameOf(spot.file) })
  return { ...named(problem), ...(inclusions && { inclusions: inclusions.map((way) => way.map(named)) }) }
}
