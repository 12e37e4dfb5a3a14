import path from 'node:path'
import { z } from 'zod'
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
import type { Context } from '../context.ts'
import type { FoundPackage } from './find-package.ts'
import { readStandardInput } from '../../cli/terminal/standard-input.ts'
import { wantsColor } from '../../cli/terminal/style.ts'

/** The options by which a command takes values for the inputs of a package: the same in every one (docs/values.md). */
export const valuesOptions = {
  values: z
    .array(z.string())
    .default([])
    .meta({ description: 'a file of values, over those before it; - is standard input', value: 'file', short: 'f' }),
  set: z.array(z.string()).default([]).meta({ description: 'give an input its value', value: 'key=value' }),
  setString: z
    .array(z.string())
    .default([])
    .meta({ description: 'give an input a text, whatever it looks like', value: 'key=text' }),
  setFile: z.array(z.string()).default([]).meta({ description: 'give an input what is in a file', value: 'key=file' }),
  setJson: z
    .array(z.string())
    .default([])
    .meta({ description: 'give an input a value in JSON: a list, a map, null', value: 'key=json' }),
}

/**
 * The values that a package gets from outside: of the project that uses it, of the command line, and, where somebody sits at a terminal,
 * by asking for those that are missing.
 */
export async function givenValues(context: Context, found: FoundPackage, options: ValuesOptions): Promise<GivenValues> {
  const given = await readValues(context, found, options)
  if (!context.isInteractive) return given
  const laid = [...layIncluded(findPackages(found, found.project.packages), given).values()]
  // What is wrong is told first: answers can’t mend it.
  if (laid.some(({ problems }) => problems.length > 0) || laid.every(({ missing }) => missing.length === 0))
    return given
  const { askQuestions } = await import('../../cli/terminal/ask-inputs.ts')
  const { stdin: input, stderr: output } = process
  const color = wantsColor(output, context.env)
  const answers: SetOption[] = []
  await askQuestions(askForMissing(laid, answers), { input, output, color, signal: context.signal })
  return { ...given, sets: [...given.sets, ...answers] }
}

/** The same, without asking. */
export async function readValues(
  { cwd }: Pick<Context, 'cwd'>,
  target: PackageFolder,
  options: ValuesOptions,
): Promise<GivenValues> {
  const standardInput = options.values?.includes('-') === true ? await readStandardInput(process.stdin) : undefined
  const given = readGivenValues(cwd, { ...options, ...(standardInput !== undefined && { standardInput }) })
  const project = findProject(cwd)
  const isOther = project !== undefined && path.resolve(project.root) !== path.resolve(target.root)
  return isOther ? withProject(given, { cwd, project: project.root }, target.manifest.name) : given
}

/** Warns of values that the user gave and that nothing reads: most often a slip. */
export async function warnOfUnread(
  { pool, signal, emit }: Context,
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
export async function localSecrets(context: Context, run: string): Promise<LocalSecrets> {
  const { secrets: parent, secretsKey: keyFile } = context.home(await context.config())
  const secrets = new LocalSecrets({ parent, keyFile, run, env: context.env, cwd: context.cwd })
  context.atEnd(() => {
    secrets.remove()
    return Promise.resolve()
  })
  return secrets
}
