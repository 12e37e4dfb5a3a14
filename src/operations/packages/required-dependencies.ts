import path from 'node:path'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import { isThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { FoundPackage } from './find-package.ts'
import { readPackage } from './proven-package.ts'
import { shellPath } from '../../core/shell-word.ts'

interface Missing {
  readonly name: PackageName
  readonly requirement: string
  readonly by: PackageName
}

/**
 * Checks that the dependencies of a package are installed before any of its programs starts. A program that lacks one
 * would fail with an error that does not say what to do.
 * @throws CpmError PACKAGE_NOT_FOUND with every missing dependency
 */
export function requireDependencies({ root, manifest, project }: FoundPackage, cwd: string): void {
  const missing = missingIn(manifest, project.packages)
  if (missing.length === 0) return
  const lines = missing.map(({ by, name, requirement }) => `${by} needs ${name} ${requirement}, which is not installed`)
  const isInstalled = !path.relative(project.packages, root).startsWith('..')
  const folder = path.relative(cwd, isInstalled ? project.root : root)
  const isAbove = folder === '' || /^(?:\.\.[/\\]?)+$/.test(folder)
  throw new CpmError('PACKAGE_NOT_FOUND', lines.join('\n'), {
    hint: isAbove ? 'cpm install' : `cd ${shellPath(folder)} && cpm install`,
    details: { missing },
  })
}

/** Finds the required dependencies, direct and indirect, that are not installed. */
function missingIn(manifest: PackageManifest, packages: string): Missing[] {
  const missing: Missing[] = []
  const seen = new Set<PackageName>()
  const waiting = [manifest]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const { name, requirement, optional } of next.dependencies) {
      if (optional || seen.has(name)) continue
      seen.add(name)
      const folder = safeJoin(packages, name)
      if (isThere(path.join(folder, MANIFEST_FILE))) waiting.push(readPackage(folder, name))
      else missing.push({ name, requirement, by: next.name })
    }
  }
  return missing
}
