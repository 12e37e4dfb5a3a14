import { defineTask } from '../../core/task.ts'
import { picker } from '../files-to-pack.ts'
import type { Limits } from '../limits.ts'
import { readArchive } from '../read-archive.ts'
import { SecretScanner } from '../secret-scanner.ts'
import { secretByName } from '../secrets.ts'

export interface FindInput {
  archive: string
  limits: Limits
  /** gitignore patterns of files that may look like secrets */
  allow: readonly string[]
}

/** Lists what looks like a secret in an archive, which other tools than cpm may have made. */
export default defineTask(async ({ archive, limits, allow }: FindInput): Promise<string[]> => {
  const allowed = picker(allow)
  const found: string[] = []
  const note = (path: string, why: string | undefined) => {
    if (why !== undefined) found.push(`${path} looks like a secret: ${why}`)
  }
  await readArchive(archive, {
    limits,
    file: ({ path }) => {
      const scanner = new SecretScanner()
      const byName = secretByName(path)
      const isAllowed = allowed(path)
      return {
        write: (chunk) => {
          if (!isAllowed && byName === undefined) scanner.push(chunk)
        },
        end: () => {
          if (isAllowed) return
          const finding = byName === undefined ? scanner.end(path) : undefined
          note(path, byName ?? (finding && `it contains ${finding.what}`))
        },
      }
    },
  })
  return found
})
