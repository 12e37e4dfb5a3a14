import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import { isRelease, type LockedRelease } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { isPackageName, type PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { StagingArea } from '../../core/staging.ts'
import { Evidence } from '../../installer/prove/evidence.ts'
import { lockedPackage, readLock } from '../../installer/lockfile.ts'
import { PACKAGES_FOLDER, type Project, projectAt } from '../../installer/project.ts'
import { contradictions, saidByLock } from '../../installer/prove/prove-manifests.ts'
import { Store } from '../../installer/store.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestBytes, requireManifest } from '../../package/manifest.ts'
import { resolverFields, type SaidOfManifest } from '../../package/signed-manifest.ts'
import * as tasks from '../../package/tasks.ts'
import { findPackages, type PackageFolder } from '../../workflow/templates/package-sources.ts'
import { lookAt } from '../project/look-at.ts'
import type { Session } from '../session.ts'

interface ToProve {
  root: string
  tree: Tree
  id: string
  /** what was signed of its manifest, as far as that is known here */
  said: SaidOfManifest
}

/** @throws CpmError PACKAGE_DAMAGED when the files are not those of the tree, ENVELOPE_INVALID when the manifest is not what was signed */
export async function requireProven(context: Session, { root, tree, id, said }: ToProve): Promise<void> {
  const store = new Store(context.home(await context.config()).store)
  const input = { root, tree, tableFile: store.tableFile(tree) }
  const { proven } = await context.pool.run(tasks.proveTree, input, { signal: context.signal })
  if (!proven)
    throw new CpmError('PACKAGE_DAMAGED', `${id} is not as it was signed, so it is not run`, { hint: 'cpm ci' })
  const [contradiction] = await contradictions([{ label: id, root, said }], context)
  if (contradiction) throw contradiction
}

/** What the owners of a locked release signed of its manifest: by the envelope that was kept of it, else by the lock. */
export async function saidOf(context: Session, name: PackageName, locked: LockedRelease): Promise<SaidOfManifest> {
  const { cache } = context.home(await context.config())
  const evidence = new Evidence(cache, new StagingArea(path.join(cache, 'tmp')))
  const bytes = evidence.envelope(locked.registry, name, locked.version)
  if (!bytes) return saidByLock(name, locked)
  const envelopes = [{ label: `${name}@${locked.version}`, bytes }]
  const [envelope] = await context.pool.run(tasks.verifyEnvelopes, { envelopes, allowUnsigned: true })
  const predicate = envelope?.ok === true ? envelope.proven.statement.predicate : undefined
  // One that was damaged since, or is of other contents, proves nothing here; cpm verify tells of it.
  return predicate?.tree === locked.tree ? resolverFields(predicate) : saidByLock(name, locked)
}

/**
 * Proves the packages whose workflows a package includes: their templates are a part of what is submitted, and on this machine their programs
 * are run. @throws CpmError PACKAGE_DAMAGED
 */
export async function proveIncluded(
  context: Session,
  main: PackageFolder,
  packages = path.join(main.root, PACKAGES_FOLDER),
): Promise<void> {
  const { included } = findPackages(main, packages)
  if (included.size === 0) return
  const project = projectAt(path.dirname(packages))
  await lookAt(context, project, () => proveByLock(context, project, included))
}

async function proveByLock(
  context: Session,
  project: Project,
  included: ReturnType<typeof findPackages>['included'],
): Promise<void> {
  const read = readLock(project.lockFile)
  const lock = read.kind === 'lock' ? read.lock : undefined
  const proofs = [...included].map(async ([name, { root }]) => {
    const locked = lock && isPackageName(name) ? lockedPackage(lock, name) : undefined
    if (locked && isRelease(locked) && isPackageName(name))
      await requireProven(context, {
        root: fs.realpathSync(root),
        tree: locked.tree,
        id: `${name}@${locked.version}`,
        said: await saidOf(context, name, locked),
      })
  })
  await Promise.all(proofs)
}

/** @param label what errors call the folder */
export function readPackage(folder: string, label: string): PackageManifest {
  return requireManifest(
    checkPackageManifest(path.join(label, MANIFEST_FILE), readManifestBytes(folder), { unknownKeys: 'tolerate' }),
    path.resolve(folder, path.relative(label, '')),
  ).manifest
}
