import type { Tree } from '../schema/digest.ts'
import type { ErrorCode } from '../schema/errors.ts'
import type { Emit } from '../schema/events.ts'
import { askTwice } from '../core/ask-twice.ts'
import { mapConcurrently, Semaphore } from '../core/concurrency.ts'
import type { Pool } from '../core/pool.ts'
import { CpmError } from '../core/errors.ts'
import type { ArtifactSource, KnownNames, Release } from '../core/ports.ts'
import { DEFAULT_LIMITS } from '../package/limits.ts'
import * as tasks from '../package/tasks.ts'
import { DownloadProgress } from './download-progress.ts'
import { ofVerification } from './prove/prove-manifests.ts'
import type { ProvenRelease } from './prove/prove-releases.ts'
import { repairEntry } from './repair-entry.ts'
import type { Store } from './store.ts'

interface UnpackOptions {
  pool: Pool
  source: ArtifactSource & KnownNames
  store: Store
  emit: Emit
  /** milliseconds to wait for another cpm that repairs the same entry */
  lockTimeout: number
  signal?: AbortSignal | undefined
  /** damaged trees in the store to replace */
  replace?: ReadonlySet<Tree>
}

/** The most archives that are downloading or waiting for a thread, to bound their disk space. */
const ARCHIVES_AT_ONCE = 16

/**
 * Fetches proven releases and unpacks them into the store, checking every byte. Downloads continue while threads
 * unpack. An archive that differs from what was signed is fetched again, once.
 */
export async function unpackReleases(
  releases: readonly ProvenRelease[],
  { source, store, replace, ...options }: UnpackOptions,
): Promise<void> {
  const { pool, emit, signal } = options
  // Largest first, so that the last thread to finish is not working on the largest archive.
  const queue = [...releases].sort((a, b) => b.promised.contents.size - a.promised.contents.size)
  const abort = new AbortController()
  const stop = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal
  const threads = new Semaphore(pool.parallel)
  const downloads = new DownloadProgress(emit, archiveBytes(releases))
  let done = 0
  const unpack = async ({ name, version, promised, said }: ProvenRelease): Promise<void> => {
    stop.throwIfAborted()
    const archive = await source.archive(
      { name, version },
      {
        size: promised.archive.size,
        onProgress: downloads.ofOne(),
      },
    )
    try {
      await threads.pass(async () => {
        const target = store.temporary()
        const manifest = { label: `${name}@${version}`, said }
        const input = { archive: archive.path, promised, limits: DEFAULT_LIMITS, manifest, target }
        const unpacked = await pool.run(tasks.unpack, input, { signal: stop }).catch(rethrow)
        const { tree } = promised.contents
        if (replace?.has(tree) !== true) store.commit(target, tree, unpacked)
        else await repairEntry({ label: manifest.label, temporary: target, tree, ...unpacked }, { store, ...options })
      })
    } finally {
      archive.release()
    }
  }
  await mapConcurrently(queue, ARCHIVES_AT_ONCE, async (release) => {
    const { name, version } = release
    try {
      await askTwice(OF_CONTENTS, () => unpack(release))
    } catch (error) {
      // The first failure ends the others, and all of them report it.
      if (!abort.signal.aborted) abort.abort(named(error, { name, version }, source.placeOf(name)))
      throw abort.signal.reason
    }
    emit({ type: 'unpacked', name, version, done: ++done, total: queue.length })
  })
}

/** Returns the size of the archives of releases. */
export function archiveBytes(releases: readonly ProvenRelease[]): number {
  return releases.reduce((sum, { promised }) => sum + promised.archive.size, 0)
}

function rethrow(error: unknown): never {
  throw error instanceof CpmError ? ofVerification(error) : error
}

const OF_CONTENTS = new Set<ErrorCode>(['DIGEST_MISMATCH', 'ARCHIVE_INVALID', 'ARCHIVE_TOO_LARGE', 'ENVELOPE_INVALID'])

/** Names the package and registry of a bad archive, since the path of its temporary file says nothing to the user. */
function named(error: unknown, { name, version }: Release, place: string): unknown {
  if (!(error instanceof CpmError)) return error
  const { code, message, details } = error
  if (!OF_CONTENTS.has(code)) return error
  return new CpmError(code, `${name}@${version} from ${place}: ${message}`, {
    hint: "run the command again; if it still fails, tell the registry's operator",
    details: { ...details, name, version, registry: place },
    cause: error,
  })
}
