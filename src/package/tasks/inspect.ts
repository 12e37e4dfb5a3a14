import { defineTask } from '../../core/task.ts'
import type { Limits } from '../limits.ts'
import { MANIFEST_FILE } from '../manifest.ts'
import { type ReadContents, readArchive } from '../read-archive.ts'

interface InspectInput {
  archive: string
  limits: Limits
}

/** Reads an archive without writing anything: checks its form, and gives what it holds and the text of its manifest. */
export default defineTask(
  async ({ archive, limits }: InspectInput): Promise<{ contents: ReadContents; manifest: string | null }> => {
    const manifest: Buffer[][] = []
    const contents = await readArchive(archive, {
      limits,
      file: ({ path }) => {
        const chunks: Buffer[] = []
        const isManifest = path === MANIFEST_FILE
        if (isManifest) manifest.push(chunks)
        return {
          write: (chunk) => {
            if (isManifest) chunks.push(Buffer.from(chunk))
          },
          end: () => undefined,
        }
      },
    })
    return { contents, manifest: manifest[0] ? Buffer.concat(manifest[0]).toString('utf8') : null }
  },
)
