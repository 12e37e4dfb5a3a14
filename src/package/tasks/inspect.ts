import { defineTask } from '../../core/task.ts'
import type { Limits } from '../limits.ts'
import { MAX_MANIFEST_BYTES } from '../manifest.ts'
import { MANIFEST_FILE } from '../manifest-file.ts'
import { type ReadContents, readArchive } from '../read-archive.ts'

export interface InspectInput {
  archive: string
  limits: Limits
}

/** Checks an archive without writing anything. Returns its measurements and the bytes of its manifest. */
export default defineTask(
  async ({ archive, limits }: InspectInput): Promise<{ contents: ReadContents; manifest: Uint8Array | null }> => {
    const manifest: Buffer[][] = []
    const contents = await readArchive(archive, {
      limits,
      file: ({ path }) => {
        const chunks: Buffer[] = []
        if (path === MANIFEST_FILE) manifest.push(chunks)
        // One byte beyond the limit is enough to detect a large manifest; a stranger's can be as large as the archive.
        let left = path === MANIFEST_FILE ? MAX_MANIFEST_BYTES + 1 : 0
        return {
          write: (chunk) => {
            if (left === 0) return
            const kept = Buffer.from(chunk.subarray(0, left))
            left -= kept.length
            chunks.push(kept)
          },
          end: () => undefined,
        }
      },
    })
    return { contents, manifest: manifest[0] ? Buffer.concat(manifest[0]) : null }
  },
)
