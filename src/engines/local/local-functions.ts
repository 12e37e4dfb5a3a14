import path from 'node:path'
import type { LocalFunction, PackageManifest } from '../../schema/manifest.ts'
import { findPackages, type WorkflowManifest } from '../../workflow/templates/package-sources.ts'

/** A function that may be started on this machine: of the package that is run, or of one whose workflow it includes. */
export interface RunFunction extends LocalFunction {
  /** the folder of the other package that declares it */
  readonly root?: string
}

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
