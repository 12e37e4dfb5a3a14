import type { Problem } from '../../core/yaml.ts'
import { OUTPUT_LIMITS, OutputLimitError, type OutputLimits, OutputSize } from './result.ts'
import type { Reads } from './evaluation.ts'
import { onceEach, problemAt } from './problems.ts'
import { Expander } from './expander.ts'
import type { Library, TemplateFile } from './library.ts'
import type { RenderedNode } from './rendered.ts'
import { ValueEvaluation } from './value-evaluation.ts'

export type Rendered = ({ root: RenderedNode; problems: [] } | { root: undefined; problems: readonly Problem[] }) & {
  /** the packages whose files the document includes */
  readonly opened: ReadonlySet<string>
}

/** About as many as the values of a document, so that loops that make nothing end as early. */
const MAX_STEPS = 1_500_000

interface RenderOptions {
  /** filled by the check */
  reads: Reads
  limits?: OutputLimits
  /** the maximum number of template nodes to visit */
  maxSteps?: number
}

/** Renders a checked template. Only structural keys affect the structure of the document; values fill scalars. */
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
    const { opened } = expander.included
    return problems.length > 0
      ? { root: undefined, problems: onceEach(problems), opened }
      : { root, problems: [], opened }
  } catch (error) {
    if (!(error instanceof OutputLimitError)) throw error
    const problems = [problemAt(file.template, size.messageOf(error))]
    return { root: undefined, problems, opened: expander.included.opened }
  }
}
