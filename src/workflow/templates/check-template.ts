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
 * @returns the problems, and a sample of the document to check its shape with; what expressions would make is marked there
 */
export function checkTemplate(
  library: Library,
  file: TemplateFile,
  reads = new Reads(),
): { problems: readonly Problem[]; sample: RenderedNode | undefined } {
  const evaluation = new SampleEvaluation(reads)
  const expander = new Expander({ library, evaluation, size: new OutputSize(OUTPUT_LIMITS), maxSteps: MAX_STEPS })
  try {
    const sample = expander.document(file)
    return { problems: onceEach(evaluation.problems), sample }
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error
    return { problems: onceEach([problemAt(file.template, error.message), ...evaluation.problems]), sample: undefined }
  }
}
