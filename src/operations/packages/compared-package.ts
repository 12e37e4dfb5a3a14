import fs from 'node:fs'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import type { KeyId, Tree } from '../../schema/digest.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { askTwice } from '../../core/ask-twice.ts'
import { CpmError } from '../../core/errors.ts'
import type { Installation } from '../../installer/installation.ts'
import { ofVerification } from '../../installer/prove/prove-manifests.ts'
import { type ProvenRelease, proveReleases } from '../../installer/prove/prove-releases.ts'
import { projectOfFolder } from '../../installer/find-project.ts'
import { type FileRow, readFileTable } from '../../package/file-table.ts'
import { DEFAULT_LIMITS } from '../../package/limits.ts'
import * as tasks from '../../package/tasks.ts'
import type { Session } from '../session.ts'
import { requireSound } from './check-folder.ts'
import { readPackage } from './proven-package.ts'

/** A package to compare: a release, or what would be packed of a folder. */
export type ComparedSource =
  | { readonly kind: 'release'; readonly name: PackageName; readonly version: Version; readonly isLocked: boolean }
  | { readonly kind: 'folder'; readonly folder: string }

/** A package whose files are on this machine and proven, if it is a release. */
export interface ComparedPackage {
  readonly source: ComparedSource
  /** the folder with its files */
  readonly root: string
  readonly manifest: PackageManifest
  readonly tree: Tree
  readonly files: readonly FileRow[]
  /** the size of its files together */
  readonly size: number
  /** the owners that signed it, and all that might have; undefined for a folder, which nobody has signed */
  readonly signed: { readonly signers: readonly KeyId[]; readonly owners: readonly KeyId[] } | undefined
  /** the folder of installed packages that its workflows include from, if it is a folder */
  readonly packages: string | undefined
}

interface OpenParts {
  readonly session: Session
  readonly installation: Installation
  /** a folder for what is unpacked; the caller removes it */
  readonly scratch: string
}

/** Brings the files of a package to this machine and proves them. @throws CpmError PACKAGE_NOT_FOUND and those of proofs */
export async function openCompared(source: ComparedSource, parts: OpenParts): Promise<ComparedPackage> {
  return source.kind === 'folder' ? await openFolder(source, parts) : await openRelease(source, parts)
}

async function openRelease(
  source: Extract<ComparedSource, { kind: 'release' }>,
  { installation, scratch }: OpenParts,
): Promise<ComparedPackage> {
  const { name, version } = source
  const [release] = await proveReleases([{ name, version, before: undefined }], installation)
  if (!release) throw new Error('a release is missing')
  const { root, files } = (await inStore(release, installation)) ?? (await unpacked(release, installation, scratch))
  const { tree, size } = release.promised.contents
  const manifest = readPackage(root, `${name}@${version}`)
  const signed = { signers: release.signers, owners: release.owners }
  return { source, root, manifest, tree, files, size, signed, packages: undefined }
}

interface Unpacked {
  readonly root: string
  readonly files: readonly FileRow[]
}

/** Returns the files of a release in the store, if they are there and as they were signed. */
async function inStore(
  { promised }: ProvenRelease,
  { store, pool, signal }: Installation,
): Promise<Unpacked | undefined> {
  const { tree } = promised.contents
  if (!store.has(tree)) return undefined
  const root = fs.realpathSync(store.path(tree))
  const proven = await pool.run(tasks.provenFiles, { root, tree }, { signal })
  return proven && { root, files: proven.files }
}

const OF_CONTENTS = new Set(['DIGEST_MISMATCH', 'ARCHIVE_INVALID', 'ARCHIVE_TOO_LARGE', 'ENVELOPE_INVALID'] as const)

/** Fetches the archive of a release, again if it differs from what was signed. */
async function unpacked(
  { name, version, promised, said }: ProvenRelease,
  { source, pool, signal }: Installation,
  scratch: string,
): Promise<Unpacked> {
  return await askTwice(OF_CONTENTS, async () => {
    const target = path.join(scratch, randomUUID())
    const archive = await source.archive({ name, version }, { size: promised.archive.size })
    try {
      const manifest = { label: `${name}@${version}`, said }
      const input = { archive: archive.path, promised, limits: DEFAULT_LIMITS, manifest, target }
      const { table } = await pool.run(tasks.unpack, input, { signal })
      return { root: target, files: readFileTable(table) ?? [] }
    } catch (error) {
      throw error instanceof CpmError ? ofVerification(error) : error
    } finally {
      archive.release()
    }
  })
}

/** Packs and unpacks a folder, so that exactly what would be published is compared. */
async function openFolder(
  source: Extract<ComparedSource, { kind: 'folder' }>,
  { session, scratch }: OpenParts,
): Promise<ComparedPackage> {
  const { pool, signal, cwd } = session
  const { folder } = source
  const { manifest, files } = await requireSound(session, folder, { allow: [], uninstalled: 'warn' })
  const archive = path.join(scratch, randomUUID())
  const { tree, size } = await pool.run(tasks.pack, { root: folder, files, output: archive }, { signal })
  const root = path.join(scratch, randomUUID())
  const { table } = await pool.run(tasks.unpack, { archive, limits: DEFAULT_LIMITS, target: root }, { signal })
  const { packages } = projectOfFolder(folder, cwd)
  return { source, root, manifest, tree, files: readFileTable(table) ?? [], size, signed: undefined, packages }
}
