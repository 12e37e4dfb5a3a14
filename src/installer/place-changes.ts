import type { Installation } from './installation.ts'
import { keyOf } from './places.ts'
import { isUpToDate, type PlacePlan } from './plan.ts'
import type { Project } from './project.ts'
import { changedProofs } from './prove/carry-proofs.ts'
import type { ChangedRoot } from './workspace/change-roots.ts'

/** What changes in one place: a project, or the root or a member of a workspace. */
export interface PlaceChange {
  readonly place: Project
  /** the changes of its colony_packages, if they are installed */
  readonly placed?: PlacePlan | undefined
  /** the new text of its manifest, if it changed */
  readonly manifestText: string | undefined
  /** the new proofs of its copies, if they changed */
  readonly proofs: string | undefined
}

/** A project or member, with the text of its manifest before the command. */
export type KnownRoot = Pick<ChangedRoot, 'project' | 'before'>

/**
 * Returns what changes in each place.
 * @param changed the roots, and the texts that their manifests get
 */
export async function changesOf(
  plans: readonly PlacePlan[],
  parts: Installation,
  changed: readonly KnownRoot[],
  manifestTexts: readonly string[],
): Promise<PlaceChange[]> {
  const changes: PlaceChange[] = []
  for (const [number, { project: place, before }] of changed.entries()) {
    const placed = plans.find((plan) => keyOf(plan.place) === keyOf(place))
    const text = manifestTexts[number]
    const proofs = placed && (await changedProofs(placed.lock, { ...parts, project: place }))
    changes.push({ place, placed, manifestText: text === before ? undefined : text, proofs })
  }
  return changes
}

export function isChange({ placed, manifestText, proofs }: PlaceChange): boolean {
  return (placed !== undefined && !isUpToDate(placed.plan)) || manifestText !== undefined || proofs !== undefined
}
