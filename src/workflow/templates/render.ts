import type { Problem } from '../../core/yaml.ts'
import { OUTPUT_LIMITS, OutputLimitError, type OutputLimits, OutputSize } from './result.ts'
import type { Reads } from './evaluation.ts'
import { onceEach, problemAt } from './problems.ts'
import { Expander } from './expander.ts'
import type { Library, TemplateFile } from './library.ts'
import type { RenderedNode } from './rendered.ts'
import { ValueEvaluation } from './value-evaluation.ts'

export type Rendered = { root: RenderedNode; problems: [] } | { root: undefined; problems: readonly Problem[] }

const MAX_STEPS = 300_000

interface RenderOptions {
  /** what the check found out */
  reads: Reads
  limits?: OutputLimits
  /** how many nodes of templates may be visited, whatever comes of them */
  maxSteps?: number
}

/** Renders a template that was checked. What comes out looks as its structural keys say; a value fills a scalar. */
export function renderTemplate(
  library: Library,
  file: TemplateFile,
  { reads, limits = OUTPUT_LIMITS, maxSteps = MAX_STEPS }: RenderOptions,
): Rendered {
  const size = new OutputSize(limits)
  const evaluation = new ValueEvaluation(reads, size)
  const expander = new Expander({ library, evaluation, size, maxSteps })
  try {
    const root = expander.document(file)
    const { problems } = evaluation
    return problems.length > 0 ? { root: undefined, problems: onceEach(problems) } : { root, problems: [] }
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error
    return { root: undefined, problems: [problemAt(file.template, error.message)] }
  }
}
