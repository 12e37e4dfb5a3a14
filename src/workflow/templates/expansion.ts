import type { PayloadKind } from '../../schema/specs/workflow.ts'
import type { OutputSize } from './result.ts'
import type { Evaluation, Where } from './evaluation.ts'
import type { FileGroups } from './file-groups.ts'
import type { Group, Round } from './groups.ts'
import type { Library, TemplateFile } from './library.ts'
import { type Included, placeIn } from './problems.ts'
import type { Place, RenderedNode } from './rendered.ts'

/** What the expansion of a template needs, and its limits. */
export interface ExpansionOptions<L> {
  library: Library
  evaluation: Evaluation<L>
  size: OutputSize
  /** the maximum number of template nodes to visit */
  maxSteps: number
}

/** The state of an expansion at one place: what is in scope, and what led there. */
export interface Context<L> extends Where<L> {
  readonly groups: FileGroups
  /** the groups of the nodes made here */
  readonly members: readonly Group[]
  readonly trail: readonly Round[]
  /** a condition or a loop decides whether this exists */
  readonly isOptional: boolean
  readonly isRepeated: boolean
  /** the inputs that these conditions and loops read */
  readonly reads: readonly string[]
  readonly includes: readonly TemplateFile[]
  /** how the files of the package reach the executors of its nodes */
  readonly payload: PayloadKind
}

/** Returns the place of a literal node, which is the same in the template and in the document. */
export function at(place: Place, context: Included): Place & { readonly isComputed: false } {
  return { ...placeIn(place, context), isComputed: false }
}

/** Returns a placeholder for an invalid node, so that the rest is still checked. */
export function emptyAt(place: Place, context: Included): RenderedNode {
  return { ...at(place, context), kind: 'scalar', value: null }
}
