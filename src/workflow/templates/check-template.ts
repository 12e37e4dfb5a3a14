import type { Problem } from '../../core/yaml.ts'
import { OUTPUT_LIMITS, OutputLimitError, OutputSize } from './result.ts'
import { Reads } from './evaluation.ts'
import { onceEach, problemAt } from './problems.ts'
import { Expander } from './expander.ts'
import type { Library, TemplateFile } from './library.ts'
import type { RenderedNode } from './rendered.ts'
import { SampleEvaluation } from './sample-evaluation.ts'

/** Each loop is gone through once: so many steps can only come of partials that include partials again and again. */
const MAX_STEPS = 50_000

/**
 * Checks a template before any value is known: its structure, the names and types of its expressions, and what may stand where.
 * @returns the problems, a sample of the document to check its shape with, in which what expressions would make is marked, and
 * the packages that are included whatever the values are
 */
export function checkTemplate(
  library: Library,
  file: TemplateFile,
  reads = new Reads(),
): { problems: readonly Problem[]; sample: RenderedNode | undefined; certain: ReadonlySet<string> } {
  const evaluation = new SampleEvaluation(reads)
  const expander = new Expander({ library, evaluation, size: new OutputSize(OUTPUT_LIMITS), maxSteps: MAX_STEPS })
  const { certain } = expander.included
  try {
    const sample = expander.document(file)
    return { problems: onceEach(evaluation.problems), sample, certain }
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error
    const problems = onceEach([problemAt(file.template, error.message), ...evaluation.problems])
    return { problems, sample: undefined, certain }
  }
}
