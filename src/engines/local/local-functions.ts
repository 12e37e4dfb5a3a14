import path from 'node:path'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { RunFunction } from '../engine.ts'
import { findPackages, type WorkflowManifest } from '../../workflow/templates/package-sources.ts'

/**
 * What a package may start, and what the packages may whose workflows it includes. The first of one name counts, so a package
 * can bring its own in the place of another's.
 */
export function localFunctions(
  root: string,
  manifest: WorkflowManifest & Pick<PackageManifest, 'functions'>,
  packages: string | undefined,
): RunFunction[] {
  const { included } = findPackages({ root, manifest }, packages ?? path.join(root, 'colony_packages'))
  const others = [...included.values()].flatMap((other) =>
    other.manifest.functions.map((fn): RunFunction => ({ ...fn, root: other.root })),
  )
  return [...manifest.functions, ...others]
}
