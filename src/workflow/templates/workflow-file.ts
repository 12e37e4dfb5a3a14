import fs from 'node:fs'
import path from 'node:path'
import { namesIn } from '../../core/atomic-file.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { readUserFile } from '../../core/user-files.ts'

export const WORKFLOWS_FOLDER = 'workflows'
const MAIN = 'main.yaml'
const EXTENSIONS = new Set(['.yaml', '.yml', '.json'])

/** The text of a document in a package. */
export interface WorkflowFile {
  /** its name in workflows/ */
  readonly name: string
  /** its path in the package, as in problems */
  readonly file: string
  readonly text: string
  /** the bytes it was read from; the YAML reader refuses invalid text */
  readonly bytes?: Uint8Array
}

/** Returns the sorted names of a package's workflow files, without partials, whose names start with `_`. */
export function workflowNames(root: string): string[] {
  return documentNames(root).filter((name) => !isPartial(name))
}

export function isPartial(name: string): boolean {
  return name.startsWith('_')
}

/** Reads every document in workflows/, including partials. @param prefix the prefix of file names in problems */
export function readDocuments(root: string, prefix = ''): WorkflowFile[] {
  return documentNames(root).map((name) => readWorkflow(root, name, prefix))
}

/** Returns the wanted workflow, named with or without extension. By default, main.yaml or the only workflow. */
export function mainOf(names: readonly string[], wanted?: string): string | undefined {
  const found =
    wanted === undefined
      ? names.filter((name) => name === MAIN || names.length === 1)
      : names.filter((name) => name === wanted || path.parse(name).name === wanted)
  return found.length === 1 ? found[0] : undefined
}

function documentNames(root: string): string[] {
  return entriesOf(root).flatMap(({ name, isFile }) => (isFile ? [name] : []))
}

/** Lists entries named like documents. Links are not files here: they could lead out of the package. */
function entriesOf(root: string): { name: string; isFile: boolean }[] {
  const folder = path.join(root, WORKFLOWS_FOLDER)
  return namesIn(folder)
    .filter((name) => EXTENSIONS.has(path.extname(name)))
    .map((name) => ({ name, isFile: fs.lstatSync(path.join(folder, name)).isFile() }))
}

/**
 * Chooses the workflow to submit: the wanted one, otherwise main.yaml, otherwise the only one.
 * @param wanted a file name, with or without extension
 * @throws CpmError WORKFLOW_INVALID, which lists the existing workflows
 */
export function chooseWorkflow(root: string, wanted: string | undefined): string {
  refuseLinks(root, wanted)
  const names = requireWorkflows(root)
  const chosen = mainOf(names, wanted)
  if (chosen !== undefined) return chosen
  const list = names.join(', ')
  if (wanted === undefined) {
    throw new CpmError('WORKFLOW_INVALID', `the package has several workflows and no ${MAIN}: ${list}`, {
      hint: `choose one: --workflow ${path.parse(names[0] ?? MAIN).name}`,
    })
  }
  const found = names.filter((name) => path.parse(name).name === wanted)
  const message =
    found.length > 1
      ? `several workflows are named ${wanted}: ${found.join(', ')}`
      : `the package has no workflow ${wanted}${didYouMean(
          wanted,
          names.map((name) => path.parse(name).name),
        )}; it has ${list}`
  throw new CpmError('WORKFLOW_INVALID', message)
}

/** Does the same as `workflowNames`. @throws CpmError WORKFLOW_INVALID if there are no workflows */
export function requireWorkflows(root: string): string[] {
  const names = workflowNames(root)
  if (names.length > 0) return names
  refuseLinks(root, undefined)
  throw new CpmError('WORKFLOW_INVALID', `the package has no workflow in ${path.join(root, WORKFLOWS_FOLDER)}`)
}

/** @throws CpmError WORKFLOW_INVALID if the chosen workflow is a link or a folder */
function refuseLinks(root: string, wanted: string | undefined): void {
  const entries = entriesOf(root).filter(({ name }) => !isPartial(name))
  const others = entries.flatMap(({ name, isFile }) => (isFile ? [] : [name]))
  const meant = mainOf(others, wanted)
  if (meant === undefined || (wanted === undefined && meant !== MAIN && others.length < entries.length)) return
  const place = `${WORKFLOWS_FOLDER}/${meant}`
  throw new CpmError('WORKFLOW_INVALID', `${place} is not a regular file, so it is not read as a workflow`, {
    hint: "replace it with a regular file: packages can't contain links",
  })
}

export function readWorkflow(root: string, name: string, prefix = ''): WorkflowFile {
  const bytes = readUserFile(path.join(root, WORKFLOWS_FOLDER, name))
  return { name, file: `${prefix}${WORKFLOWS_FOLDER}/${name}`, text: bytes.toString('utf8'), bytes }
}
