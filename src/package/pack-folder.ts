import fs from 'node:fs'
import path from 'node:path'
import type { PackageManifest } from '../schema/manifest.ts'
import type { Home } from '../core/home.ts'
import type { Pool } from '../core/pool.ts'
import type { PackedContents } from './envelope.ts'
import type { PackList } from './files-to-pack.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestBytes, requireManifest } from './manifest.ts'
import { DEFAULT_LIMITS, tooLarge, unpackedLimit } from './limits.ts'
import * as tasks from './tasks.ts'

interface PlanOptions {
  pool: Pool
  /** gitignore patterns of what may be packed although it looks like a secret */
  allow: readonly string[]
  /** where cpm keeps its own files: never packed */
  home: Home
}

export interface PackPlan extends PackList {
  readonly manifest: PackageManifest
}

/** What a folder would be packed as. @throws CpmError MANIFEST_INVALID, PACK_REFUSED */
export async function planPack(folder: string, { pool, ...options }: PlanOptions): Promise<PackPlan> {
  const manifest = readFolderManifest(folder)
  const { files, executables } = manifest
  const list = await pool.run(tasks.listFiles, { root: folder, rules: { files, executables, ...options } })
  return { manifest, ...list }
}

/** The manifest of a package’s folder, as its author keeps it: unknown keys are errors. @throws CpmError MANIFEST_INVALID */
export function readFolderManifest(folder: string): PackageManifest {
  const file = path.join(path.relative(process.cwd(), folder), MANIFEST_FILE)
  return requireManifest(checkPackageManifest(file, readManifestBytes(folder), { unknownKeys: 'refuse' })).manifest
}

interface PackOptions {
  pool: Pool
  /** where the archive is written; must not exist */
  output: string
}

/** Packs the files of a plan into a canonical archive. */
export async function packFolder(
  folder: string,
  { files }: PackPlan,
  { pool, output }: PackOptions,
): Promise<PackedContents> {
  const { table: _table, ...contents } = await pool.run(tasks.pack, { root: folder, files, output })
  refuseTooLarge(contents, fs.statSync(output).size)
  return contents
}

/** What no reader would unpack is not packed. */
function refuseTooLarge({ tar, files }: PackedContents, packed: number): void {
  const { packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS
  const hint = 'the limits stand in docs/formats.md, "Archive"'
  if (files > DEFAULT_LIMITS.files) throw tooLarge(`it holds ${files} files, ${DEFAULT_LIMITS.files} are allowed`, hint)
  if (packed > packedBytes) throw tooLarge(`it has ${packed} bytes, ${packedBytes} are allowed`, hint)
  if (tar.size <= unpackedLimit(DEFAULT_LIMITS, packed)) return
  const allowed = Math.min(unpackedBytes, 1024 * 1024 + ratio * packed)
  throw tooLarge(
    `its ${packed} bytes unpack to ${tar.size}, at most ${allowed} are allowed (1 MiB and ${ratio} times packed)`,
    hint,
  )
}
