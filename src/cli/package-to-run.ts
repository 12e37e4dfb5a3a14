import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import { isRelease } from '../schema/lock.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import { isPackageName, type PackageName } from '../schema/name.ts'
import { CpmError } from '../core/errors.ts'
import { findProject } from '../installer/project.ts'
import { lockedPackage, readLock } from '../installer/lockfile.ts'
import { Store } from '../installer/store.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText, requireManifest } from '../package/manifest.ts'
import * as tasks from '../package/tasks.ts'
import type { RunRecord } from '../workflow/runs/run-records.ts'
import type { Context } from './context.ts'
import { requireInstalled } from './installed-package.ts'

/** A package whose workflow is to be run. */
export interface FoundPackage {
  root: string
  manifest: PackageManifest
  /** where it was found, for people */
  from: string
  /** the digest of its tree, where it was proven */
  tree?: Tree
}

/** A folder where the target names one, else a package of the project, proven before anything of it is run. */
export async function findPackage(context: Context, target: string): Promise<FoundPackage> {
  if (isPackageName(target) && isLocked(context, target)) return await provenPackage(context, target)
  const folder = path.resolve(context.cwd, target)
  if (fs.existsSync(path.join(folder, MANIFEST_FILE)))
    return { root: folder, manifest: readPackage(folder, target), from: 'a folder' }
  if (isPackageName(target)) requireInstalled(context, target)
  throw new CpmError(
    'PACKAGE_NOT_FOUND',
    `${target} is neither an installed package nor a folder with a ${MANIFEST_FILE}`,
    {
      hint: `cpm install ${target}`,
    },
  )
}

function isLocked({ cwd }: Context, name: PackageName): boolean {
  const project = findProject(cwd)
  const read = project && readLock(project.lockFile)
  return read?.kind === 'lock' && lockedPackage(read.lock, name) !== undefined
}

async function provenPackage(context: Context, name: PackageName): Promise<FoundPackage> {
  const { locked, version, folder } = requireInstalled(context, name)
  const tree = isRelease(locked) ? locked.tree : undefined
  if (tree !== undefined) await requireProven(context, { root: folder, tree, id: `${name}@${version}` })
  return {
    root: folder,
    manifest: readPackage(folder, name),
    from: tree === undefined ? 'installed, from a folder' : 'installed, proven',
    ...(tree !== undefined && { tree }),
  }
}

/** The package of an earlier run, as it is now: proven again where it was proven then. */
export async function packageOfRun(context: Context, record: RunRecord): Promise<FoundPackage> {
  const { root, tree } = record.source
  const { name, version } = record.package
  const id = `${name}@${version}`
  const hint = `cpm submit ${name}`
  if (!fs.existsSync(path.join(root, MANIFEST_FILE)))
    throw new CpmError('PACKAGE_NOT_FOUND', `${id} is not in ${root} any more, where the run ${record.run} had it`, {
      hint,
    })
  if (tree !== undefined) await requireProven(context, { root, tree, id })
  const manifest = readPackage(root, root)
  if (manifest.name !== name || manifest.version !== version)
    throw new CpmError('PACKAGE_NOT_FOUND', `${root} holds ${manifest.name}@${manifest.version} now, and the run ${record.run} was of ${id}`, { hint }) // prettier-ignore
  return { root, manifest, from: tree === undefined ? 'a folder' : 'proven', ...(tree !== undefined && { tree }) }
}

/** @throws CpmError PACKAGE_DAMAGED when the files are not those of the tree */
async function requireProven(context: Context, { root, tree, id }: { root: string; tree: Tree; id: string }) {
  const store = new Store(context.home(await context.config()).store)
  const input = { root, tree, tableFile: store.tableFile(tree) }
  const { proven } = await context.pool.run(tasks.proveTree, input, { signal: context.signal })
  if (!proven)
    throw new CpmError('PACKAGE_DAMAGED', `${id} is not as it was signed, so it is not run`, { hint: 'cpm ci' })
}

function readPackage(folder: string, label: string): PackageManifest {
  return requireManifest(
    checkPackageManifest(path.join(label, MANIFEST_FILE), readManifestText(folder), { unknownKeys: 'tolerate' }),
  ).manifest
}
