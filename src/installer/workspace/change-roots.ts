import type { ProjectManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { type ChangedManifest, changeManifest, type ManifestChange } from '../manifest-change.ts'
import { keyOf } from '../places.ts'
import type { Project } from '../project.ts'
import { parseProjectManifest } from '../project-manifest.ts'
import type { ReadRoot } from './read-roots.ts'

/** A project or member, with the change that a command makes to its manifest. */
export interface ChangedRoot {
  readonly project: Project
  /** the text before the change */
  readonly before: string
  readonly change: ChangedManifest
  /** after the change, before versions are chosen */
  readonly manifest: ProjectManifest
}

/**
 * Makes a change to the manifests of some roots.
 * @param changed the keys of these roots
 * @throws CpmError PACKAGE_NOT_FOUND if a name to remove is in none of them
 */
export function changeRoots(
  read: readonly ReadRoot[],
  change: ManifestChange | undefined,
  changed: ReadonlySet<string>,
): ChangedRoot[] {
  const chosen = read.filter(({ project }) => changed.has(keyOf(project)))
  if (change?.type === 'remove' && chosen.length > 1) requireSomewhere(change.names, chosen)
  return read.map((root) => {
    const { project, text, manifest } = root
    const made = changeManifest(text, chosen.includes(root) ? narrowed(change, root, chosen.length) : undefined)
    return {
      project,
      before: text,
      change: made,
      manifest: made.text === text ? manifest : parseProjectManifest(made.text),
    }
  })
}

/** Of several roots, each loses what it has. */
function narrowed(change: ManifestChange | undefined, root: ReadRoot, count: number): ManifestChange | undefined {
  if (change?.type !== 'remove' || count === 1) return change
  return { ...change, names: change.names.filter((name) => isIn(root, name)) }
}

function isIn({ manifest: { dependencies, devDependencies } }: ReadRoot, name: PackageName): boolean {
  return [...dependencies, ...devDependencies].some((dependency) => dependency.name === name)
}

function requireSomewhere(names: readonly PackageName[], chosen: readonly ReadRoot[]): void {
  const unknown = names.filter((name) => !chosen.some((root) => isIn(root, name)))
  if (unknown.length === 0) return
  throw new CpmError('PACKAGE_NOT_FOUND', `none of the chosen members depends on ${unknown.join(', ')}`, {
    hint: 'cpm list',
  })
}
