import type { ErrorCode } from '../../src/schema/errors.ts'
import type { Emit } from '../../src/schema/events.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import { matchesName } from '../../src/schema/token.ts'
import type { Version } from '../../src/schema/version.ts'
import { askTwice } from '../../src/core/ask-twice.ts'
import { Singleflight } from '../../src/core/concurrency.ts'
import type { Pool } from '../../src/core/pool.ts'
import type { Upstream } from '../../src/core/server-ports.ts'
import { regularStats } from '../../src/core/regular-file.ts'
import { indexKey } from '../../src/registry/layout.ts'
import { operatorsWords } from '../http/public-error.ts'
import type { LineFiles } from '../services/line-files.ts'
import type { NameSource } from '../services/name-router.ts'
import { asking } from './asking.ts'
import { CacheFolder } from './cache-folder.ts'
import { Outage } from './outage.ts'
import { UpstreamArchives } from './upstream-archives.ts'
import { UpstreamEnvelopes } from './upstream-envelopes.ts'
import { UpstreamIndexes } from './upstream-indexes.ts'

export interface UpstreamParts extends Upstream {
  /** the folder of the registry that serves these names */
  registry: string
  lines: LineFiles
  pool: Pool
  emit: Emit
}

/**
 * Serves names of an upstream registry. Nothing enters the cache before it is proven the way a client would prove it. A
 * failure to get an answer is an error: only a 404 from the upstream itself means that something does not exist.
 */
export class UpstreamSource implements NameSource {
  readonly writable = false
  readonly config: RegistryConfig
  readonly #parts: UpstreamParts
  readonly #folder: CacheFolder
  readonly #indexes: UpstreamIndexes
  readonly #envelopes: UpstreamEnvelopes
  readonly #archives: UpstreamArchives
  readonly #once = new Singleflight()
  readonly #outage: Outage

  constructor(root: string, config: RegistryConfig, parts: UpstreamParts) {
    this.config = config
    this.#parts = parts
    this.#outage = new Outage((error) => {
      parts.emit({ type: 'warning', code: 'UPSTREAM_STALE', message: `${OUTAGE}: ${operatorsWords(error)}` })
    })
    this.#folder = new CacheFolder(root)
    this.#indexes = new UpstreamIndexes(this.#folder, parts)
    this.#envelopes = new UpstreamEnvelopes(this.#folder, parts.blobs)
    this.#archives = new UpstreamArchives(this.#folder, parts)
  }

  get root(): string {
    return this.#folder.root
  }

  has(name: PackageName): boolean {
    return this.#parts.patterns.some((pattern) => matchesName(pattern, name))
  }

  refresh(name: PackageName): Promise<boolean> {
    return this.#once.run(`refresh ${name}`, async () => {
      // A copy that nothing was proven by may itself be the wrong answer: the second one need not continue it.
      let held: 'copies' | 'proven' = 'copies'
      const refresh = () => {
        const refreshing = this.#indexes.refresh(name, held)
        held = 'proven'
        return refreshing
      }
      const ask = () => asking(() => askTwice(OF_ONE_ANSWER, refresh))
      const copy = regularStats(this.#folder.pathOf(indexKey(name)))
      // A proven copy may be served without an answer, but a missing package must be asked for each time.
      return copy ? ((await this.#outage.ask(name, copy.mtime, ask)) ?? true) : await ask()
    })
  }

  staleSince(name?: PackageName): Date | undefined {
    return this.#outage.since(name)
  }

  ensureCached(name: PackageName, version: Version, what: 'envelope' | 'archive'): Promise<void> {
    return this.#once.run(`${what} ${name}@${version}`, () =>
      asking(async () => {
        const record = this.#indexes.record(name, version)
        const envelope = await askTwice(OF_ONE_ANSWER, () => this.#envelopes.ensure(record, this.#indexes.owners(name)))
        if (what === 'archive') await askTwice(OF_ONE_ANSWER, () => this.#archives.ensure(record, envelope))
      }),
    )
  }

  /** Removes the temporary files of unfinished downloads. */
  close(): void {
    this.#folder.close()
  }
}

/** Errors of a single answer, which a second attempt may fix. */
const OF_ONE_ANSWER = new Set<ErrorCode>([
  'ARCHIVE_INVALID',
  'ARCHIVE_TOO_LARGE',
  'DIGEST_MISMATCH',
  'ENVELOPE_INVALID',
  'INDEX_INVALID',
  'INDEX_REWRITTEN',
  'OWNER_MISMATCH',
  'SIGNATURE_INVALID',
])

const OUTAGE = "can't reach the upstream registry; serving proven copies, marked as stale"
