import path from 'node:path'
import { problemText } from '../../core/yaml.ts'
import { readDifferently } from '../../core/yaml-readers.ts'
import { findProject } from '../../installer/project.ts'
import { neverReadBy, readsOf } from '../../workflow/input-reads.ts'
import { lackingInputs } from '../../workflow/prepare.ts'
import type { PackageFolder } from '../../workflow/templates/package-sources.ts'
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
 * The values that a package gets from outside: of the project that uses it, of the command line, and, where somebody sits at a terminal,
 * by asking for those that the documents lack.
 * @param workflows which documents; undefined for the one that is run where none is named
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
    // An answer may turn on what takes in another package, which has questions of its own.
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

/** The same, without asking. Warns of what other readers of YAML take for something else. */
export async function readValues(
  { cwd, readInput, emit }: Pick<Session, 'cwd' | 'readInput' | 'emit'>,
  target: PackageFolder,
  options: ValuesOptions,
): Promise<ValueOverrides> {
  const standardInput = options.values?.includes('-') === true ? await readInput() : undefined
  const overrides = readOverrides(cwd, { ...options, ...(standardInput !== undefined && { standardInput }) })
  const project = findProject(cwd)
  const isOther = project !== undefined && path.resolve(project.root) !== path.resolve(target.root)
  const { name } = target.manifest
  const read = isOther ? withProject(overrides, { cwd, project: project.root }, name) : overrides
  for (const problem of read.documents.flatMap(({ yaml, section }) => readDifferently(yaml, section)))
    emit({ type: 'warning', code: 'VALUE_AMBIGUOUS', message: problemText(problem) })
  return read
}

/** Warns of values that the user gave and that nothing reads: most often a slip. */
export async function warnOfUnread(
  { pool, signal, emit }: Session,
  { root, manifest, project: { packages } }: FoundPackage,
  overrides: ValueOverrides,
): Promise<void> {
  if (overrides.sets.length + overrides.documents.length === 0) return
  const merged = mergeInputs(readPackageInputs(root, manifest), overrides)
  const reads = await readsOf(pool, { root, manifest }, packages, signal)
  for (const { file, line, column, message } of neverReadBy(merged, reads, inputsInFolder(packages))) {
    const place = file === undefined ? '' : `${file}:${line}:${column} `
    emit({ type: 'warning', code: 'INPUT_UNREAD', message: `${place}${message}` })
  }
}

/** The secrets of a run on this machine; what is written of them goes away with the command. */
export async function localSecrets(session: Session, run: string): Promise<LocalSecrets> {
  const { secrets: parent, secretsKey: keyFile } = session.home(await session.config())
  const secrets = new LocalSecrets({ parent, keyFile, run, env: session.env, cwd: session.cwd })
  session.atEnd(() => {
    secrets.remove()
    return Promise.resolve()
  })
  return secrets
}
