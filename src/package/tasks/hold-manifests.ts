import fs from 'node:fs'
import path from 'node:path'
import type { ErrorDocument } from '../../schema/errors.ts'
import { readIfThere } from '../../core/atomic-file.ts'
import { CpmError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { MANIFEST_FILE } from '../manifest.ts'
import { requireSignedManifest, type SaidOfManifest } from '../signed-manifest.ts'

/** An unpacked package and the signed fields of its manifest. */
export interface UnpackedPackage {
  readonly label: string
  readonly root: string
  readonly said: SaidOfManifest
}

/** Compares unpacked manifests with their signed fields. Returns an error or null for each package, in order. */
export default defineTask(({ packages }: { packages: readonly UnpackedPackage[] }): (ErrorDocument | null)[] =>
  packages.map(({ label, root, said }) => {
    try {
      requireSignedManifest(label, readManifest(root), said)
      return null
    } catch (error) {
      if (error instanceof CpmError) return error.toJSON()
      throw error
    }
  }),
)

/** Doesn't follow a link, which could lead out of the package. */
function readManifest(root: string): Uint8Array | null {
  const file = path.join(root, MANIFEST_FILE)
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() === true ? (readIfThere(file) ?? null) : null
}
