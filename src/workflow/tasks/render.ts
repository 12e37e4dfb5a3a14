import { defineTask } from '../../core/task.ts'
import { problemsError } from '../../core/yaml.ts'
import { checkTemplate } from '../templates/check-template.ts'
import { Reads } from '../templates/evaluation.ts'
import { Library, type TemplateSource } from '../templates/library.ts'
import { renderTemplate } from '../templates/render.ts'
import type { RenderedNode } from '../templates/rendered.ts'

export interface RenderInput {
  /** the file, by its name in workflows/ */
  workflow: string
  /** the package that it belongs to, and those that it may include from; without secrets: what a worker has not it can't give away */
  packages: readonly [TemplateSource, ...TemplateSource[]]
  /** those of them that lack values, by name */
  incomplete: readonly string[]
}

/** The document, or the packages that it takes in and that lack values. */
export type RenderOutcome = { readonly root: RenderedNode } | { readonly lacking: readonly string[] }

/**
 * Reads, checks and renders a template. A package that lacks values is no mistake until something of it is included. It runs in a worker so that a deadline can end it whatever it is doing.
 * @throws CpmError WORKFLOW_INVALID with every problem of the template
 */
export default defineTask(({ workflow, packages, incomplete }: RenderInput): RenderOutcome => {
  const library = new Library(packages)
  const { found: file, problems: unreadable } = library.file(workflow, packages[0].name)
  const label = `workflows/${workflow}`
  if (!file) throw problemsError('WORKFLOW_INVALID', `${label} can't be read as a template:`, unreadable)
  const reads = new Reads()
  const { problems: wrong } = checkTemplate(library, file, reads)
  if (wrong.length > 0) throw problemsError('WORKFLOW_INVALID', `${label} can't be rendered:`, wrong)
  const { root, problems, opened } = renderTemplate(library, file, { reads })
  // What goes wrong beside a value that is not there comes of that, and is looked at when it is there.
  const lacking = incomplete.filter((name) => name === packages[0].name || opened.has(name))
  if (lacking.length > 0) return { lacking }
  if (!root) throw problemsError('WORKFLOW_INVALID', `${label} can't be rendered with these inputs:`, problems)
  return { root }
})
