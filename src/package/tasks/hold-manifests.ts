import type { ErrorDocument } from '../../schema/error-document.ts'
import { CpmError } from '../../core/errors.ts'
import { defineTask } from '../../core/task.ts'
import { requireUnpackedManifest, type UnpackedPackage } from '../unpacked-manifest.ts'

/** Compares unpacked manifests with their signed fields. Returns an error or null for each package, in order. */
export default defineTask(({ packages }: { packages: readonly UnpackedPackage[] }): (ErrorDocument | null)[] =>
  packages.map((unpacked) => {
    try {
      requireUnpackedManifest(unpacked)
      return null
    } catch (error) {
      if (error instanceof CpmError) return error.toJSON()
      throw error
    }
  }),
)
