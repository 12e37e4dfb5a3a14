import { checkSpec } from '../../../src/workflow/specs/checks.ts'
import { Expressions } from '../../../src/workflow/expressions/expressions.ts'
import { renderTemplate } from '../../../src/workflow/templates/render.ts'
import { readTemplate } from '../../../src/workflow/templates/template.ts'
import { shapeOfInputs } from '../../../src/workflow/values/shape.ts'

const VALUES = { inputs: {}, pkg: { name: 'p', version: '1.0.0' }, release: { id: 'r' } }

/** Renders and checks a document; problems and warnings are `line:column message`. */
export function check(text: string) {
  const file = 'main.yaml'
  const { template, problems } = readTemplate({ file, text })
  if (!template) return { spec: undefined, warnings: [], lines: problems.map(lineOf) }
  const expressions = new Expressions(shapeOfInputs([]).root)
  const { root } = renderTemplate(file, template, { expressions, values: VALUES })
  if (!root) throw new Error('not rendered')
  const { spec, problems: wrong, warnings } = checkSpec(file, root)
  return { spec, warnings: warnings.map(lineOf), lines: wrong.map(lineOf) }
}

function lineOf({ line, column, message }: { line: number; column: number; message: string }): string {
  return `${line}:${column} ${message}`
}
