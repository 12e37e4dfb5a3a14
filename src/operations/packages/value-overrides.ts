import path from 'node:path'
import { problemWarning } from '../../core/problem-warning.ts'
import { readDifferently } from '../../core/yaml-readers.ts'
import { findProject } from '../../installer/find-project.ts'
import { neverReadBy, readsOf } from '../../workflow/input-reads.ts'
import { lackingInputs } from '../../workflow/prepare.ts'
import { ambiguousSets } from '../../workflow/values/ambiguous-sets.ts'
import { inputsInFolder } from '../../workflow/values/dependency-inputs.ts'
import {
  type ValueOverrides,
  readOverrides,
  type ValuesOptions,
  withProject,
} from '../../workflow/values/value-overrides.ts'
import { LocalSecrets } from '../../workflow/values/local-secrets.ts'
import { mergeInputs } from '../../workflow/values/inputs.ts'
import type { SetOption } from '../../workflow/values/set-option.ts'
import { askForMissing } from '../../workflow/values/questions.ts'
import { readPackageInputs } from '../../workflow/values/package-inputs.ts'
import type { Session } from '../session.ts'
import type { FoundPackage } from './find-package.ts'

/**
 * Collects the values for a package: from the project that uses it, from the command line and, at a terminal, by asking
 * for required ones that are missing.
 * @param workflows the workflows to ask for; undefined stands for the default workflow
 */
export async function askForOverrides(
  session: Session,
  found: FoundPackage,
  { workflows, ...options }: ValuesOptions & { workflows: readonly (string | undefined)[] },
): Promise<ValueOverrides> {
  const { pool, signal, prompts } = session
  const { root, manifest } = found
  const { packages } = found.project
  let overrides = await readValues(session, found, options)
  if (!prompts) return overrides
  for (const workflow of workflows) {
    // An answer can enable an include of another package, which has its own required inputs.
    for (;;) {
      const lacking = await lackingInputs({ pool, root, manifest, workflow, overrides, packages, signal })
      if (lacking.length === 0) break
      const answers: SetOption[] = []
      await prompts.ask(askForMissing(lacking, answers))
      overrides = { ...overrides, sets: [...overrides.sets, ...answers] }
      if (answers.length < lacking.flatMap(({ missing }) => missing).length) return overrides
    }
  }
  return overrides
}

/** Collects the values without asking. Warns about values that YAML readers interpret differently. */
export async function readValues(
  { cwd, readInput, emit }: Pick<Session, 'cwd' | 'readInput' | 'emit'>,
  target: FoundPackage,
  options: ValuesOptions,
): Promise<ValueOverrides> {
  const standardInput = options.values?.includes('-') === true ? await readInput() : undefined
  const overrides = readOverrides(cwd, { ...options, ...(standardInput !== undefined && { standardInput }) })
  const project = findProject(cwd)
  const isOther = project !== undefined && path.resolve(project.root) !== path.resolve(target.root)
  const { name } = target.manifest
  const read = isOther ? withProject(overrides, { cwd, project: project.root }, name) : overrides
  for (const problem of read.documents.flatMap(({ yaml, section }) => readDifferently(yaml, section)))
    emit(problemWarning('VALUE_AMBIGUOUS', problem, cwd))
  if (read.sets.length === 0) return read
  const declared = readPackageInputs(target.root, target.manifest)
  for (const message of ambiguousSets(declared, read, inputsInFolder(target.project.packages)))
    emit({ type: 'warning', code: 'VALUE_AMBIGUOUS', message })
  return read
}

/** Warns about given values that nothing reads, which are usually mistakes. */
export async function warnOfUnread(
  { pool, signal, emit }: Session,
  { root, manifest, project: { packages } }: FoundPackage,
  overrides: ValueOverrides,
): Promise<void> {
  if (overrides.sets.length + overrides.documents.length === 0) return
  const merged = mergeInputs(readPackageInputs(root, manifest), overrides)
  const reads = await readsOf(pool, { root, manifest }, packages, signal)
  for (const { file, line = 1, column = 1, message } of neverReadBy(merged, reads, inputsInFolder(packages))) {
    if (file === undefined) emit({ type: 'warning', code: 'INPUT_UNREAD', message })
    else emit(problemWarning('INPUT_UNREAD', { file, line, column, message }, overrides.folder))
  }
}

/** Returns the secrets of a local run. Files that hold them are removed when the command ends. */
export async function localSecrets(session: Session, run: string): Promise<LocalSecrets> {
  const { secrets: parent, secretsKey: keyFile } = session.home(await session.config())
  const secrets = new LocalSecrets({ parent, keyFile, run, env: session.env, cwd: session.cwd })
  session.atEnd(() => {
    secrets.remove()
    return Promise.resolve()
  })
  return secrets
}
