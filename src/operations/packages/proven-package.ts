import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import { isRelease } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { isPackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { lockedPackage, readLock } from '../../installer/lockfile.ts'
import { PACKAGES_FOLDER, projectAt } from '../../installer/project.ts'
import { Store } from '../../installer/store.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText, requireManifest } from '../../package/manifest.ts'
import * as tasks from '../../package/tasks.ts'
import { findPackages, type PackageFolder } from '../../workflow/templates/package-sources.ts'
import type { Context } from '../context.ts'

/** @throws CpmError PACKAGE_DAMAGED when the files are not those of the tree */
export async function requireProven(context: Context, { root, tree, id }: { root: string; tree: Tree; id: string }) {
  const store = new Store(context.home(await context.config()).store)
  const input = { root, tree, tableFile: store.tableFile(tree) }
  const { proven } = await context.pool.run(tasks.proveTree, input, { signal: context.signal })
  if (!proven)
    throw new CpmError('PACKAGE_DAMAGED', `${id} is not as it was signed, so it is not run`, { hint: 'cpm ci' })
}

/**
 * Proves the packages whose workflows a package includes: their templates are a part of what is submitted, and on this machine their programs
 * are run. @throws CpmError PACKAGE_DAMAGED
 */
export async function proveIncluded(
  context: Context,
  main: PackageFolder,
  packages = path.join(main.root, PACKAGES_FOLDER),
): Promise<void> {
  const { included } = findPackages(main, packages)
  if (included.size === 0) return
  const read = readLock(projectAt(path.dirname(packages)).lockFile)
  const lock = read.kind === 'lock' ? read.lock : undefined
  const proofs = [...included].map(async ([name, { root }]) => {
    const locked = lock && isPackageName(name) ? lockedPackage(lock, name) : undefined
    if (locked && isRelease(locked))
      await requireProven(context, { root: fs.realpathSync(root), tree: locked.tree, id: `${name}@${locked.version}` })
  })
  await Promise.all(proofs)
}

/** @param label what errors call the folder */
export function readPackage(folder: string, label: string): PackageManifest {
  return requireManifest(
    checkPackageManifest(path.join(label, MANIFEST_FILE), readManifestText(folder), { unknownKeys: 'tolerate' }),
  ).manifest
}
