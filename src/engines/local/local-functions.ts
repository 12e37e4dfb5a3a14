import path from 'node:path'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { RunFunction } from '../engine.ts'
import { findPackages, type WorkflowManifest } from '../../workflow/templates/package-sources.ts'

/**
 * Returns the functions of a package and of the packages whose workflows it includes. The first function of a name
 * counts, so a package can replace those of an included package.
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
