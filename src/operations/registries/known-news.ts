import { z } from 'zod'
import { ReleaseStatus } from '../../schema/documents.ts'
import type { PackageName } from '../../schema/name.ts'
import { Version } from '../../schema/version.ts'
import { readIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { ifPossible } from '../../core/errors.ts'
import type { Release, ReleaseNews } from '../../core/ports.ts'
import type { StagingArea } from '../../core/staging.ts'
import { statusOf } from '../../registry/release-status.ts'

/** The news of a release, and the state of its index that told it. Most releases have no status. */
const Known = z.object({
  stamp: z.string(),
  publishedAt: z.string(),
  status: ReleaseStatus.optional(),
  better: Version.optional(),
})
type Known = z.infer<typeof Known>

const KnownFile = z.object({ schemaVersion: z.literal(2), releases: z.record(z.string(), Known) })

/** Beyond this number, releases of other projects are forgotten, and read again when they are needed. */
const MOST_RELEASES = 20_000

/** each index, identified by a stamp that differs for other contents */
type Stamps = ReadonlyMap<PackageName, string>

/** Remembers what the indexes of a registry said about releases, so that an unchanged index need not be read again. */
export class KnownNews {
  readonly #file: string
  readonly #staging: StagingArea
  readonly #releases: Map<string, Known>

  /** @param staging on the same file system as `file` */
  constructor(file: string, staging: StagingArea) {
    this.#file = file
    this.#staging = staging
    this.#releases = new Map(Object.entries(read(file)))
  }

  /** Returns the news of a release, if they came from the same state of its index. */
  recall(release: Release, stamps: Stamps): ReleaseNews | undefined {
    const known = this.#releases.get(keyOf(release))
    if (!known || known.stamp !== stamps.get(release.name)) return undefined
    const { status = statusOf(undefined), better, publishedAt } = known
    return { status, better, publishedAt }
  }

  /** @param stamps of before the indexes were read, so that a change meanwhile is noticed the next time */
  keep(news: readonly (readonly [Release, ReleaseNews])[], stamps: Stamps): void {
    if (this.#releases.size + news.length > MOST_RELEASES) this.#releases.clear()
    for (const [release, { status, better, publishedAt }] of news) {
      const stamp = stamps.get(release.name)
      if (stamp === undefined) continue
      const isFlagged = status.yanked || status.deprecated
      this.#releases.set(keyOf(release), {
        stamp,
        publishedAt,
        ...(isFlagged && { status }),
        ...(better !== undefined && { better }),
      })
    }
    ifPossible(() => {
      const contents = JSON.stringify({ schemaVersion: 2, releases: Object.fromEntries(this.#releases) })
      writeFileAtomic(this.#file, contents, { durable: false, temporary: this.#staging.temporary() })
    })
  }
}

function keyOf({ name, version }: Release): string {
  return `${name}@${version}`
}

/** A damaged memory is none: everything is read again. */
function read(file: string): Record<string, Known> {
  try {
    return KnownFile.parse(JSON.parse(readIfThere(file)?.toString('utf8') ?? '')).releases
  } catch {
    return {}
  }
}
