import fs from 'node:fs'
import path from 'node:path'
import type { PackageManifest } from '../schema/manifest.ts'
import type { Home } from '../core/home.ts'
import type { Pool } from '../core/pool.ts'
import { withScratch } from '../core/scratch.ts'
import type { PackedContents } from './signed-envelope.ts'
import type { ListedFile, PackList } from './files-to-pack.ts'
import { checkPackageManifest, readManifestBytes, requireManifest } from './manifest.ts'
import { MANIFEST_FILE } from './manifest-file.ts'
import { DEFAULT_LIMITS, refuseTooLarge, unpackedLimit } from './limits.ts'
import * as tasks from './tasks.ts'

/** A file's header, its extended header for a long name, and the padding of its last block. */
const MOST_HEADER_BYTES = 4096

interface PlanOptions {
  pool: Pool
  /** gitignore patterns of files that may be packed although they look like secrets */
  allow: readonly string[]
  /** cpm's own folders, which are never packed */
  home: Home | undefined
  /** the folders of other members of the workspace, which are not packed */
  members?: readonly string[]
}

export interface PackPlan extends PackList {
  readonly manifest: PackageManifest
}

/** Plans how to pack a folder. @throws CpmError MANIFEST_INVALID, PACK_REFUSED */
export async function planPack(folder: string, { pool, ...options }: PlanOptions): Promise<PackPlan> {
  const manifest = readFolderManifest(folder)
  const { files, executables } = manifest
  const list = await pool.run(tasks.listFiles, { root: folder, rules: { files, executables, ...options } })
  return { manifest, ...list }
}

/** Reads the manifest in an author's folder, where unknown keys are errors. @throws CpmError MANIFEST_INVALID */
export function readFolderManifest(folder: string): PackageManifest {
  const file = path.join(path.relative(process.cwd(), folder), MANIFEST_FILE)
  return requireManifest(
    checkPackageManifest(file, readManifestBytes(folder), { unknownKeys: 'refuse' }),
    process.cwd(),
  ).manifest
}

interface PackOptions {
  pool: Pool
  /** path of the archive to write; must not exist */
  output: string
}

/** Packs the files of a plan into a canonical archive. */
export async function packFolder(
  folder: string,
  { files }: PackPlan,
  { pool, output }: PackOptions,
): Promise<PackedContents> {
  const { table: _table, ...contents } = await pool.run(tasks.pack, { root: folder, files, output })
  refuseTooLarge(contents, fs.statSync(output).size, files)
  return contents
}

/**
 * Checks that the archive of a folder would be within the limits. Packs only large folders to find out, to a scratch
 * file. Listing the files has already checked their sizes.
 * @throws CpmError ARCHIVE_TOO_LARGE
 */
export async function requireSize(root: string, files: readonly ListedFile[], pool: Pool): Promise<void> {
  const size = files.reduce((sum, file) => sum + file.size, 0)
  // Below this, even with headers, an archive is never too large.
  if (size + files.length * MOST_HEADER_BYTES <= unpackedLimit(DEFAULT_LIMITS, 0)) return
  await withScratch(async (scratch) => {
    const output = path.join(scratch, 'archive')
    const contents = await pool.run(tasks.pack, { root, files, output })
    refuseTooLarge(contents, fs.statSync(output).size, files)
  })
}
