import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { UPGRADE } from '../../core/newer-format.ts'
import { inFolder, type Problem, problemsError, problemText, type Spot } from '../../core/yaml.ts'
import { projectOfFolder } from '../../installer/project.ts'
import { checkFiles, leftOutBy } from '../../package/check-files.ts'
import type { PackList, PackRules } from '../../package/files-to-pack.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestBytes } from '../../package/manifest.ts'
import { type PackPlan, requireSize } from '../../package/pack-folder.ts'
import * as tasks from '../../package/tasks.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageCheck } from '../../workflow/check-package.ts'
import type { Session } from '../session.ts'
import { count } from '../../core/amounts.ts'

interface CheckOptions {
  /** gitignore patterns of files to pack although they look like secrets */
  allow: readonly string[]
  /** what to do about includes of packages that are not installed, which can't be checked */
  uninstalled: 'refuse' | 'warn'
}

/** A package that passed every check. */
export interface SoundPackage extends PackPlan {
  readonly warnings: readonly Problem[]
  /** the first include that could not be checked because its package is not installed */
  readonly unchecked: Problem | undefined
}

/**
 * Checks that others can use a package, because a published version can't be corrected. `cpm validate`, `pack` and
 * `publish` share this check.
 * @throws CpmError MANIFEST_INVALID with every error, PACK_REFUSED, ARCHIVE_TOO_LARGE
 */
export async function requireSound(
  session: Session,
  folder: string,
  { allow, uninstalled: onUninstalled }: CheckOptions,
): Promise<SoundPackage> {
  const { emit, pool } = session
  const { manifest, list, problems, uninstalled, warnings, hint } = await checkFolder(session, folder, allow)
  const all = onUninstalled === 'refuse' ? [...problems, ...uninstalled] : problems
  for (const warning of warnings) emit({ type: 'warning', code: 'PACKAGE_DOUBTFUL', message: problemText(warning) })
  if (!manifest || all.length > 0) {
    const label = manifest ? `${manifest.name}@${manifest.version} has ` : ''
    throw inFolder(problemsError('MANIFEST_INVALID', `${label}${count(all.length, 'error')}:`, all, hint), session.cwd)
  }
  if (list instanceof CpmError) throw list
  await requireSize(folder, list.files, pool)
  const [unchecked] = uninstalled
  if (unchecked)
    emit({
      type: 'warning',
      code: 'WORKFLOW_INVALID',
      message: `${manifest.name}@${manifest.version} could not be fully checked: ${unchecked.message}`,
    })
  return { manifest, ...list, warnings, unchecked }
}

interface FolderCheck extends PackageCheck {
  /** undefined if it is not valid */
  readonly manifest: PackageManifest | undefined
  /** the files to pack, or why they can't be packed */
  readonly list: PackList | CpmError
  readonly hint?: string
}

const NOTHING: PackageCheck = { problems: [], uninstalled: [], warnings: [] }

/** Checks the folder of a package. Paths in the result are relative to the working folder. */
async function checkFolder(session: Session, folder: string, allow: readonly string[]): Promise<FolderCheck> {
  const { cwd } = session
  const text = readManifestBytes(folder)
  const named = (problem: Problem) => fromFolder(problem, folder, path.relative(cwd, folder))
  const {
    manifest,
    problems: own,
    isNewer = false,
  } = checkPackageManifest(MANIFEST_FILE, text, { unknownKeys: 'refuse' })
  if (isNewer)
    return { ...NOTHING, manifest, list: { files: [], leftOut: [] }, problems: own.map(named), hint: UPGRADE }
  // An unknown key must not stop the other checks.
  const { manifest: readable, yaml } = checkPackageManifest(MANIFEST_FILE, text, { unknownKeys: 'tolerate' })
  const home = session.homeIfAny(await session.config())
  const { files: patterns, executables } = readable ?? { files: ['**'], executables: [] }
  const list = await listOrError(session, folder, { files: patterns, executables, allow, home })
  const files =
    readable && !(list instanceof CpmError) ? checkFiles({ root: folder, manifest: readable, yaml, list }) : NOTHING
  const workflows = await checkWorkflows(cwd, folder, readable, list)
  return {
    manifest,
    list,
    problems: [...own, ...files.problems, ...workflows.problems].map(named),
    uninstalled: workflows.uninstalled.map(named),
    warnings: [...files.warnings, ...workflows.warnings].map(named),
  }
}

/** The parts of a package that has workflows. */
const PARTS = ['workflows', 'tests', 'values.yaml']

async function checkWorkflows(
  cwd: string,
  folder: string,
  manifest: PackageManifest | undefined,
  list: PackList | CpmError,
): Promise<PackageCheck> {
  // Most packages have no workflow, so the code that checks workflows is loaded only when it is needed.
  const hasInputs = (manifest?.inputs ?? []).length > 0
  if (!hasInputs && !PARTS.some((name) => isThere(path.join(folder, name)))) return NOTHING
  const [{ checkPackage }, { leftOutParts }] = await Promise.all([
    import('../../workflow/check-package.ts'),
    import('../../workflow/left-out-parts.ts'),
  ])
  const check = checkPackage(folder, manifest, projectOfFolder(folder, cwd).packages)
  const lost = list instanceof CpmError ? [] : leftOutParts(folder, (file) => leftOutBy(list.leftOut, file))
  return { ...check, problems: [...check.problems, ...lost] }
}

async function listOrError({ pool }: Session, root: string, rules: PackRules): Promise<PackList | CpmError> {
  try {
    return await pool.run(tasks.listFiles, { root, rules })
  } catch (error) {
    if (error instanceof CpmError && ['PACK_REFUSED', 'ARCHIVE_TOO_LARGE'].includes(error.code)) return error
    throw error
  }
}

/** Returns a problem with paths relative to the working folder. Paths in a dependency still begin with its name. */
function fromFolder({ inclusions, ...problem }: Problem, folder: string, base: string): Problem {
  const nameOf = (file: string) => (isThere(path.join(folder, file)) ? path.join(base, file) : file)
  const named = <T extends Spot>(spot: T): T => ({ ...spot, file: nameOf(spot.file) })
  return { ...named(problem), ...(inclusions && { inclusions: inclusions.map((way) => way.map(named)) }) }
}
