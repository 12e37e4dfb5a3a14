import fs from 'node:fs'
import path from 'node:path'
import { namesIn } from '../../core/atomic-file.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError, fileError } from '../../core/errors.ts'

export const WORKFLOWS_FOLDER = 'workflows'
const MAIN = 'main.yaml'
const EXTENSIONS = new Set(['.yaml', '.yml', '.json'])

/** A workflow of a package, as a text; `file` is its path in the package, the name that problems carry. */
export interface WorkflowFile {
  readonly file: string
  readonly text: string
}

/** The names of a package's workflow files, sorted; those beginning with `_` are partials and never stand alone. */
export function workflowNames(root: string): string[] {
  const folder = path.join(root, WORKFLOWS_FOLDER)
  return namesIn(folder).filter(
    (name) =>
      EXTENSIONS.has(path.extname(name)) &&
      !name.startsWith('_') &&
      // A link could lead out of the package; packages hold none.
      fs.lstatSync(path.join(folder, name)).isFile(),
  )
}

/**
 * Chooses what `submit` takes: the workflow that was asked for, else main.yaml, else the only one.
 * @param wanted a file's name, with or without its extension
 * @throws CpmError WORKFLOW_INVALID that lists what there is
 */
export function chooseWorkflow(root: string, wanted: string | undefined): string {
  const names = workflowNames(root)
  if (names.length === 0) {
    throw new CpmError(
      'WORKFLOW_INVALID',
      `the package has no workflow: nothing in ${path.join(root, WORKFLOWS_FOLDER)}`,
    )
  }
  const found =
    wanted === undefined
      ? names.filter((name) => name === MAIN || names.length === 1)
      : names.filter((name) => name === wanted || path.parse(name).name === wanted)
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  const list = names.join(', ')
  if (wanted === undefined) {
    throw new CpmError('WORKFLOW_INVALID', `the package has several workflows and no ${MAIN}: ${list}`, {
      hint: `choose one: --workflow ${path.parse(names[0] ?? MAIN).name}`,
    })
  }
  const message =
    found.length > 1
      ? `several workflows are named ${wanted}: ${found.join(', ')}`
      : `the package has no workflow ${wanted}${didYouMean(
          wanted,
          names.map((name) => path.parse(name).name),
        )}; it has ${list}`
  throw new CpmError('WORKFLOW_INVALID', message)
}

export function readWorkflow(root: string, name: string): WorkflowFile {
  const file = path.join(root, WORKFLOWS_FOLDER, name)
  try {
    return { file: `${WORKFLOWS_FOLDER}/${name}`, text: fs.readFileSync(file, 'utf8') }
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}
