import type { PayloadKind } from '../../schema/specs/workflow.ts'
import type { OutputSize } from './result.ts'
import type { Evaluation, Where } from './evaluation.ts'
import type { FileGroups } from './file-groups.ts'
import type { Group, Round } from './groups.ts'
import type { Library, TemplateFile } from './library.ts'
import { type Included, placeIn } from './problems.ts'
import type { Place, RenderedNode } from './rendered.ts'

/** What it takes to make a document of a template, and what that may cost. */
export interface ExpansionOptions<L> {
  library: Library
  evaluation: Evaluation<L>
  size: OutputSize
  /** how many nodes of templates may be visited, whatever comes of them */
  maxSteps: number
}

/** Where an expansion is: what is known there, and what decides that it got there. */
export interface Context<L> extends Where<L> {
  readonly groups: FileGroups
  /** the groups that a node made here belongs to */
  readonly members: readonly Group[]
  readonly trail: readonly Round[]
  /** a condition or a loop around this decides how often it is there */
  readonly isOptional: boolean
  readonly isRepeated: boolean
  /** the inputs that decide it */
  readonly reads: readonly string[]
  readonly includes: readonly TemplateFile[]
  /** how the files of the package reach the executors of its nodes */
  readonly payload: PayloadKind
}

/** The place of something that stands in the template as it will in the document. */
export function at(place: Place, context: Included): Place & { readonly isComputed: false } {
  return { ...placeIn(place, context), isComputed: false }
}

/** What stands where something wrong was: the rest is looked at all the same. */
export function emptyAt(place: Place, context: Included): RenderedNode {
  return { ...at(place, context), kind: 'scalar', value: null }
}
