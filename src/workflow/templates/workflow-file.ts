import fs from 'node:fs'
import path from 'node:path'
import { namesIn } from '../../core/atomic-file.ts'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import { readUserFile } from '../../core/user-files.ts'

export const WORKFLOWS_FOLDER = 'workflows'
const MAIN = 'main.yaml'
const EXTENSIONS = new Set(['.yaml', '.yml', '.json'])

/** A document of a package, as a text; `file` is its path in the package, the name that problems carry. */
export interface WorkflowFile {
  /** in workflows/ */
  readonly name: string
  readonly file: string
  readonly text: string
  /** what it was read from: the reader of YAML refuses bytes that are no text */
  readonly bytes?: Uint8Array
}

/** The names of a package's workflow files, sorted; those beginning with `_` are partials and never stand alone. */
export function workflowNames(root: string): string[] {
  return documentNames(root).filter((name) => !isPartial(name))
}

export function isPartial(name: string): boolean {
  return name.startsWith('_')
}

/** Every document in workflows/, partials too. @param prefix what the names of files begin with in problems */
export function readDocuments(root: string, prefix = ''): WorkflowFile[] {
  return documentNames(root).map((name) => readWorkflow(root, name, prefix))
}

/** main.yaml, else the only one; or the one that is asked for, with or without its extension. */
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

/** What is called as a document is. A link could lead out of the package, and packages hold none: it is no document. */
function entriesOf(root: string): { name: string; isFile: boolean }[] {
  const folder = path.join(root, WORKFLOWS_FOLDER)
  return namesIn(folder)
    .filter((name) => EXTENSIONS.has(path.extname(name)))
    .map((name) => ({ name, isFile: fs.lstatSync(path.join(folder, name)).isFile() }))
}

/**
 * Chooses what `submit` takes: the workflow that was asked for, else main.yaml, else the only one.
 * @param wanted a file's name, with or without its extension
 * @throws CpmError WORKFLOW_INVALID that lists what there is
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

/** The same as `workflowNames`. @throws CpmError WORKFLOW_INVALID when there are none */
export function requireWorkflows(root: string): string[] {
  const names = workflowNames(root)
  if (names.length > 0) return names
  refuseLinks(root, undefined)
  throw new CpmError('WORKFLOW_INVALID', `the package has no workflow: nothing in ${path.join(root, WORKFLOWS_FOLDER)}`)
}

/** @throws CpmError WORKFLOW_INVALID where something is called as the workflow that is meant, and is no file */
function refuseLinks(root: string, wanted: string | undefined): void {
  const entries = entriesOf(root).filter(({ name }) => !isPartial(name))
  const others = entries.flatMap(({ name, isFile }) => (isFile ? [] : [name]))
  const meant = mainOf(others, wanted)
  if (meant === undefined || (wanted === undefined && meant !== MAIN && others.length < entries.length)) return
  const place = `${WORKFLOWS_FOLDER}/${meant}`
  throw new CpmError('WORKFLOW_INVALID', `${place} is a link or no file, so it is not read as a workflow`, {
    hint: 'put the file itself there: packages hold no links',
  })
}

export function readWorkflow(root: string, name: string, prefix = ''): WorkflowFile {
  const bytes = readUserFile(path.join(root, WORKFLOWS_FOLDER, name))
  return { name, file: `${prefix}${WORKFLOWS_FOLDER}/${name}`, text: bytes.toString('utf8'), bytes }
}
