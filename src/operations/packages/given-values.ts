import path from 'node:path'
import { findProject } from '../../installer/project.ts'
import { layIncluded } from '../../workflow/included-inputs.ts'
import { neverReadBy, readsOf } from '../../workflow/input-reads.ts'
import { findPackages, type PackageFolder } from '../../workflow/templates/package-sources.ts'
import { inputsInFolder } from '../../workflow/values/dependency-inputs.ts'
import {
  type GivenValues,
  readGivenValues,
  type ValuesOptions,
  withProject,
} from '../../workflow/values/given-values.ts'
import { LocalSecrets } from '../../workflow/values/local-secrets.ts'
import { layInputs } from '../../workflow/values/inputs.ts'
import type { SetOption } from '../../workflow/values/set-option.ts'
import { askForMissing } from '../../workflow/values/questions.ts'
import { readPackageInputs } from '../../workflow/values/package-inputs.ts'
import type { Session } from '../session.ts'
import type { FoundPackage } from './find-package.ts'

/**
 * The values that a package gets from outside: of the project that uses it, of the command line, and, where somebody sits at a terminal,
 * by asking for those that are missing.
 */
export async function givenValues(context: Session, found: FoundPackage, options: ValuesOptions): Promise<GivenValues> {
  const given = await readValues(context, found, options)
  if (!context.prompts) return given
  const laid = [...layIncluded(findPackages(found, found.project.packages), given).values()]
  // What is wrong is told first: answers can’t mend it.
  if (laid.some(({ problems }) => problems.length > 0) || laid.every(({ missing }) => missing.length === 0))
    return given
  const answers: SetOption[] = []
  await context.prompts.ask(askForMissing(laid, answers))
  return { ...given, sets: [...given.sets, ...answers] }
}

/** The same, without asking. */
export async function readValues(
  { cwd, readInput }: Pick<Session, 'cwd' | 'readInput'>,
  target: PackageFolder,
  options: ValuesOptions,
): Promise<GivenValues> {
  const standardInput = options.values?.includes('-') === true ? await readInput() : undefined
  const given = readGivenValues(cwd, { ...options, ...(standardInput !== undefined && { standardInput }) })
  const project = findProject(cwd)
  const isOther = project !== undefined && path.resolve(project.root) !== path.resolve(target.root)
  return isOther ? withProject(given, { cwd, project: project.root }, target.manifest.name) : given
}

/** Warns of values that the user gave and that nothing reads: most often a slip. */
export async function warnOfUnread(
  { pool, signal, emit }: Session,
  { root, manifest, project: { packages } }: FoundPackage,
  given: GivenValues,
): Promise<void> {
  if (given.sets.length + given.documents.length === 0) return
  const laid = layInputs(readPackageInputs(root, manifest), given)
  const reads = await readsOf(pool, { root, manifest }, packages, signal)
  for (const { file, line, column, message } of neverReadBy(laid, reads, inputsInFolder(packages))) {
    const place = file === undefined ? '' : `${file}:${line}:${column} `
    emit({ type: 'warning', code: 'INPUT_UNREAD', message: `${place}${message}` })
  }
}

/** The secrets of a run on this machine; what is written of them goes away with the command. */
export async function localSecrets(context: Session, run: string): Promise<LocalSecrets> {
  const { secrets: parent, secretsKey: keyFile } = context.home(await context.config())
  const secrets = new LocalSecrets({ parent, keyFile, run, env: context.env, cwd: context.cwd })
  context.atEnd(() => {
    secrets.remove()
    return Promise.resolve()
  })
  return secrets
}
