import path from 'node:path'
import type { PackageManifest } from '../schema/manifest.ts'
import type { Pool } from '../core/pool.ts'
import type { PackedContents } from './envelope.ts'
import { type FileToPack, filesToPack } from './files-to-pack.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText, requireManifest } from './manifest.ts'
import * as tasks from './tasks.ts'

/** What a folder would be packed as. @throws CpmError MANIFEST_INVALID, PACK_REFUSED */
export function planPack(folder: string, allow: readonly string[]): { manifest: PackageManifest; files: FileToPack[] } {
  const file = path.join(path.relative(process.cwd(), folder), MANIFEST_FILE)
  const { manifest } = requireManifest(checkPackageManifest(file, readManifestText(folder), { unknownKeys: 'refuse' }))
  const { files, executables } = manifest
  return { manifest, files: filesToPack(folder, { files, executables, allow }) }
}

interface PackOptions {
  pool: Pool
  allow: readonly string[]
  /** where the archive is written; must not exist */
  output: string
}

/** Packs a folder into a canonical archive. */
export async function packFolder(
  folder: string,
  { pool, allow, output }: PackOptions,
): Promise<{ manifest: PackageManifest; contents: PackedContents; files: FileToPack[] }> {
  const { manifest, files } = planPack(folder, allow)
  const { table: _table, ...contents } = await pool.run(tasks.pack, { root: folder, files, output })
  return { manifest, contents, files }
}
