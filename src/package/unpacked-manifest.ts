import fs from 'node:fs'
import path from 'node:path'
import { readIfThere } from '../core/atomic-file.ts'
import { MANIFEST_FILE } from './manifest-file.ts'
import { requireSignedManifest, type SaidOfManifest } from './signed-manifest.ts'

/** An unpacked package and the signed fields of its manifest. */
export interface UnpackedPackage {
  readonly label: string
  readonly root: string
  readonly said: SaidOfManifest
}

/**
 * Compares the manifest of an unpacked package with its signed fields.
 * @throws CpmError ARCHIVE_INVALID, MANIFEST_INVALID, ENVELOPE_INVALID
 */
export function requireUnpackedManifest({ label, root, said }: UnpackedPackage): void {
  requireSignedManifest(label, readManifest(root), said)
}

/** Doesn't follow a link, which could lead out of the package. */
function readManifest(root: string): Uint8Array | null {
  const file = path.join(root, MANIFEST_FILE)
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() === true ? (readIfThere(file) ?? null) : null
}
