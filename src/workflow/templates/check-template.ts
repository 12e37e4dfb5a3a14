import type { Problem } from '../../core/yaml.ts'
import { OUTPUT_LIMITS, OutputLimitError, OutputSize } from './result.ts'
import { Reads } from './evaluation.ts'
import { onceEach, problemAt } from './problems.ts'
import { Expander } from './expander.ts'
import type { Library, TemplateFile } from './library.ts'
import type { RenderedNode } from './rendered.ts'
import { SampleEvaluation } from './sample-evaluation.ts'

/** A check visits each loop once, so only long files and deeply nested includes of partials need this many steps. */
const MAX_STEPS = 400_000

/**
 * Checks a template before any value is known: its structure, the names and types in its expressions, and their places.
 * @returns the problems, a sample of the document for checking its shape, in which computed values are marked, and the
 * packages that are included for any values
 */
export function checkTemplate(
  library: Library,
  file: TemplateFile,
  reads = new Reads(),
): { problems: readonly Problem[]; sample: RenderedNode | undefined; certain: ReadonlySet<string> } {
  const evaluation = new SampleEvaluation(reads)
  const size = new OutputSize(OUTPUT_LIMITS)
  const expander = new Expander({ library, evaluation, size, maxSteps: MAX_STEPS })
  const { certain } = expander.included
  try {
    const sample = expander.document(file)
    return { problems: onceEach(evaluation.problems), sample, certain }
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error
    const problems = onceEach([problemAt(file.template, size.messageOf(error)), ...evaluation.problems])
    return { problems, sample: undefined, certain }
  }
}
