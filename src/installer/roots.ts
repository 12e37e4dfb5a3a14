import { type Dependency, writeDependencies } from '../schema/dependency.ts'
import type { Lock, LockedRoot } from '../schema/lock.ts'
import type { ProjectManifest } from '../schema/manifest.ts'

/** A manifest whose requirements are resolved: that of a project, or each one of a workspace. */
export interface Root {
  /** its key in the lock: `.` for the project or the workspace's own, otherwise the path of a member */
  readonly path: string
  readonly manifest: ProjectManifest
}

/** The roots of one resolution and one lock; the project's own comes first. */
export type Roots = readonly Root[]

/** Returns how a message names the manifest of a root. */
export function manifestOf({ path }: Pick<Root, 'path'>): string {
  return path === '.' ? 'colony.yaml' : `${path}/colony.yaml`
}

export function soleRoot(manifest: ProjectManifest): Roots {
  return [{ path: '.', manifest }]
}

/** Returns the roots with another manifest for one of them. */
export function withManifest(roots: Roots, path: string, manifest: ProjectManifest): Roots {
  return roots.map((root) => (root.path === path ? { ...root, manifest } : root))
}

/** Returns the requirements of all roots in the form that the lock stores. */
export function lockedRoots(roots: Roots): Lock['roots'] {
  const locked = Object.fromEntries(roots.map(({ path, manifest }) => [path, lockedRoot(manifest)]))
  return { ...locked, '.': locked['.'] ?? NO_REQUIREMENTS }
}

const NO_REQUIREMENTS: LockedRoot = { dependencies: {}, devDependencies: {}, overrides: {} }

function lockedRoot(manifest: ProjectManifest): LockedRoot {
  return {
    dependencies: writeDependencies(manifest.dependencies),
    devDependencies: writeDependencies(manifest.devDependencies),
    overrides: Object.fromEntries(manifest.overrides.map(({ name, requirement }) => [name, requirement])),
  }
}

/**
 * Returns the dependencies to install for a root, with dev dependencies but without those that only a feature needs.
 */
export function wantedByRoot(manifest: ProjectManifest): Dependency[] {
  const byFeature = new Set(Object.values(manifest.features).flat())
  return [
    ...manifest.dependencies.filter(({ name, optional }) => !(optional && byFeature.has(name))),
    ...manifest.devDependencies,
  ]
}

/** Returns the overrides that apply to all roots. */
export function overridesOf([first]: Roots): ProjectManifest['overrides'] {
  return first?.manifest.overrides ?? []
}
