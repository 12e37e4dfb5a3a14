import type { InputDeclaration } from '../../schema/input.ts'
import { defineTask } from '../../core/task.ts'
import { problemsError } from '../../core/yaml.ts'
import { checkTemplate } from '../templates/check-template.ts'
import type { ScopeValues } from '../expressions/scope.ts'
import { Expressions } from '../expressions/expressions.ts'
import { renderTemplate } from '../templates/render.ts'
import type { RenderedNode } from '../templates/rendered.ts'
import { shapeOfInputs } from '../values/shape.ts'
import { readTemplate } from '../templates/template.ts'
import type { WorkflowFile } from '../templates/workflow-file.ts'

interface RenderInput {
  workflow: WorkflowFile
  inputs: readonly InputDeclaration[]
  /** without secrets: what a worker does not have it can’t give away */
  values: ScopeValues
}

/**
 * Reads, checks and renders a workflow's template. It runs in a worker so that a deadline can end it whatever it is doing.
 * @throws CpmError WORKFLOW_INVALID with every problem of the template
 */
export default defineTask(({ workflow, inputs, values }: RenderInput): RenderedNode => {
  const { file } = workflow
  const { template, problems: unreadable } = readTemplate(workflow)
  if (!template) throw problemsError('WORKFLOW_INVALID', `${file} can’t be read as a template:`, unreadable)
  const expressions = new Expressions(shapeOfInputs(inputs).root)
  const { problems: wrong } = checkTemplate(file, template, expressions)
  if (wrong.length > 0) throw problemsError('WORKFLOW_INVALID', `${file} can’t be rendered:`, wrong)
  const { root, problems } = renderTemplate(file, template, { expressions, values })
  if (!root) throw problemsError('WORKFLOW_INVALID', `${file} can’t be rendered with these inputs:`, problems)
  return root
})
