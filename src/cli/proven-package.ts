import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import { CpmError } from '../core/errors.ts'
import { Store } from '../installer/store.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText, requireManifest } from '../package/manifest.ts'
import * as tasks from '../package/tasks.ts'
import type { Context } from './context.ts'

/** @throws CpmError PACKAGE_DAMAGED when the files are not those of the tree */
export async function requireProven(context: Context, { root, tree, id }: { root: string; tree: Tree; id: string }) {
  const store = new Store(context.home(await context.config()).store)
  const input = { root, tree, tableFile: store.tableFile(tree) }
  const { proven } = await context.pool.run(tasks.proveTree, input, { signal: context.signal })
  if (!proven)
    throw new CpmError('PACKAGE_DAMAGED', `${id} is not as it was signed, so it is not run`, { hint: 'cpm ci' })
}

/** @param label what errors call the folder */
export function readPackage(folder: string, label: string): PackageManifest {
  return requireManifest(
    checkPackageManifest(path.join(label, MANIFEST_FILE), readManifestText(folder), { unknownKeys: 'tolerate' }),
  ).manifest
}
