import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { UPGRADE } from '../../core/newer-format.ts'
import { inFolder, type Problem, problemsError, type Spot } from '../../core/yaml.ts'
import { projectOfFolder } from '../../installer/find-project.ts'
import { placesAround, projectIn } from '../../installer/workspace/find-workspace.ts'
import { checkFiles, leftOutBy } from '../../package/check-files.ts'
import type { PackList, PackRules } from '../../package/files-to-pack.ts'
import { type Checked, checkPackageManifest, readManifestBytes } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import { type PackPlan, requireSize } from '../../package/pack-folder.ts'
import * as tasks from '../../package/tasks.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageCheck } from '../../workflow/check-package.ts'
import type { Session } from '../session.ts'
import { count } from '../../core/amounts.ts'
import { problemWarning } from '../../core/problem-warning.ts'

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
  const read = readManifest(folder)
  const list = await filesOf(session, folder, read, allow)
  const contents = { root: folder, label: path.relative(session.cwd, folder), read, list }
  const sound = requireSoundCheck(session, await checkContents(session, contents), onUninstalled)
  await requireSize(folder, sound.files, session.pool)
  return sound
}

/** Returns a package that has no errors. Warns about the rest. @throws CpmError MANIFEST_INVALID, PACK_REFUSED */
export function requireSoundCheck(
  { emit, cwd }: Pick<Session, 'emit' | 'cwd'>,
  { manifest, list, problems, uninstalled, warnings, hint }: ContentsCheck,
  onUninstalled: CheckOptions['uninstalled'],
): SoundPackage {
  const all = onUninstalled === 'refuse' ? [...problems, ...uninstalled] : problems
  for (const warning of warnings) emit(problemWarning('PACKAGE_DOUBTFUL', warning, cwd))
  if (!manifest || all.length > 0) {
    const label = manifest ? `${manifest.name}@${manifest.version} has ` : ''
    throw inFolder(problemsError('MANIFEST_INVALID', `${label}${count(all.length, 'error')}:`, all, hint), cwd)
  }
  if (list instanceof CpmError) throw list
  const [unchecked] = uninstalled
  if (unchecked)
    emit({
      type: 'warning',
      code: 'WORKFLOW_INVALID',
      message: `${manifest.name}@${manifest.version} could not be fully checked: ${unchecked.message}`,
    })
  return { manifest, ...list, warnings, unchecked }
}

interface ContentsCheck extends PackageCheck {
  /** undefined if it is not valid */
  readonly manifest: PackageManifest | undefined
  /** the files to pack, or why they can't be packed */
  readonly list: PackList | CpmError
  readonly hint?: string
}

/** The files of a package: those in a folder that would be packed, or those of an archive. */
interface Contents {
  /** the folder that contains them */
  readonly root: string
  /** the path of the folder or archive in problems */
  readonly label: string
  readonly read: ReadManifest
  readonly list: PackList | CpmError
  /** whether they come from an archive, so that their modes are final */
  readonly isPacked?: boolean
}

const NOTHING: PackageCheck = { problems: [], uninstalled: [], warnings: [] }

/** Lists the files of a folder to pack, if its manifest can be read. */
async function filesOf(
  session: Session,
  folder: string,
  { readable }: ReadManifest,
  allow: readonly string[],
): Promise<PackList | CpmError> {
  if (readable.isNewer) return { files: [], leftOut: [] }
  const home = session.homeIfAny(await session.config())
  const { files, executables } = readable.manifest ?? { files: ['**'], executables: [] }
  return await listOrError(session, folder, { files, executables, allow, home, members: membersBelow(folder) })
}

/** Returns the members of the workspace below a folder, which are packed by themselves. */
export function membersBelow(folder: string): string[] {
  if (!isThere(path.join(folder, MANIFEST_FILE))) return []
  const relative = placesAround(projectIn(folder)).members.map(({ root }) => path.relative(folder, root))
  return relative.filter((each) => each !== '' && !each.startsWith('..')).map((each) => each.split(path.sep).join('/'))
}

/** The manifest of a package, as read once for all checks. */
export interface ReadManifest {
  readonly strict: Checked<PackageManifest>
  /** without its unknown keys, which must not stop the other checks */
  readonly readable: Checked<PackageManifest>
}

export function readManifest(root: string): ReadManifest {
  const bytes = readManifestBytes(root)
  const strict = checkPackageManifest(MANIFEST_FILE, bytes, { unknownKeys: 'refuse' })
  if (strict.manifest) return { strict, readable: strict }
  return { strict, readable: checkPackageManifest(MANIFEST_FILE, bytes, { unknownKeys: 'tolerate' }) }
}

/** Checks the files of a package. Paths in the result begin with the label of the folder or archive. */
export async function checkContents(
  { cwd }: Pick<Session, 'cwd'>,
  { root, label, read, list, isPacked = false }: Contents,
): Promise<ContentsCheck> {
  const named = (problem: Problem) => fromFolder(problem, root, label)
  const { manifest, problems: own, isNewer = false } = read.strict
  if (isNewer) return { ...NOTHING, manifest, list, problems: own.map(named), hint: UPGRADE }
  const { manifest: readable, yaml } = read.readable
  const files =
    readable && !(list instanceof CpmError) ? checkFiles({ root, manifest: readable, yaml, list, isPacked }) : NOTHING
  const workflows = await checkWorkflows(cwd, root, readable, list)
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
