import { defineTask } from '../../core/task.ts'
import { problemsError } from '../../core/yaml.ts'
import { checkTemplate } from '../templates/check-template.ts'
import { Reads } from '../templates/evaluation.ts'
import { Library, type TemplateSource } from '../templates/library.ts'
import { renderTemplate } from '../templates/render.ts'
import type { RenderedNode } from '../templates/rendered.ts'

export interface RenderInput {
  /** the name of the file in workflows/ */
  workflow: string
  /** the file's package, then those it may include from; without secrets, so that the worker can't leak them */
  packages: readonly [TemplateSource, ...TemplateSource[]]
  /** the names of those that lack values */
  incomplete: readonly string[]
}

/** The document, or the packages it includes that lack values. */
export type RenderOutcome = { readonly root: RenderedNode } | { readonly lacking: readonly string[] }

/**
 * Reads, checks and renders a template. A package may lack values as long as nothing of it is included. This runs in a
 * worker, so that a deadline can stop it at any point.
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
  // Other problems may only be consequences of the missing values, so those are reported alone.
  const lacking = incomplete.filter((name) => name === packages[0].name || opened.has(name))
  if (lacking.length > 0) return { lacking }
  if (!root) throw problemsError('WORKFLOW_INVALID', `${label} can't be rendered with these inputs:`, problems)
  return { root }
})
