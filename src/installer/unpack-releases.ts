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
import { contradictions } from './prove/prove-manifests.ts'
import type { ProvenRelease } from './prove/prove-releases.ts'
import type { Store } from './store.ts'

interface UnpackOptions {
  pool: Pool
  source: ArtifactSource & KnownNames
  store: Store
  emit: Emit
  signal?: AbortSignal | undefined
  /** trees that are in the store but damaged: what is unpacked takes their place */
  replace?: ReadonlySet<Tree>
}

/** Archives that are being fetched, or lie fetched and wait for a thread: what bounds the room they take. */
const ARCHIVES_AT_ONCE = 16

/**
 * Fetches proven releases and unpacks them into the store, each proven again byte by byte on its way, largest first. Fetching and
 * unpacking overlap: while threads unpack, the next archives arrive. An archive that is not what was promised is fetched once more.
 */
export async function unpackReleases(
  releases: readonly ProvenRelease[],
  { pool, source, store, emit, signal, replace }: UnpackOptions,
): Promise<void> {
  // The largest first, so that no thread is left alone with it at the end.
  const queue = [...releases].sort((a, b) => b.promised.contents.size - a.promised.contents.size)
  const abort = new AbortController()
  const stop = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal
  const threads = new Semaphore(pool.parallel)
  let done = 0
  const unpack = async ({ name, version, promised, said }: ProvenRelease): Promise<void> => {
    stop.throwIfAborted()
    const archive = await source.archive({ name, version }, { size: promised.archive.size })
    try {
      await threads.pass(async () => {
        const target = store.temporary()
        const input = { archive: archive.path, promised, limits: DEFAULT_LIMITS, target }
        const { table } = await pool.run(tasks.unpack, input, { signal: stop })
        const manifest = { label: `${name}@${version}`, root: target, said }
        const [contradiction] = await contradictions([manifest], { pool, signal: stop })
        if (contradiction) throw contradiction
        const { tree } = promised.contents
        store.commit(target, tree, table, { replace: replace?.has(tree) ?? false })
      })
    } finally {
      archive.release()
    }
  }
  try {
    await mapConcurrently(queue, ARCHIVES_AT_ONCE, async (release) => {
      const { name, version } = release
      try {
        await askTwice(OF_CONTENTS, () => unpack(release))
      } catch (error) {
        throw named(error, { name, version }, source.placeOf(name))
      }
      emit({ type: 'unpacked', name, version, done: ++done, total: queue.length })
    })
  } catch (error) {
    abort.abort()
    throw error
  }
}

const OF_CONTENTS = new Set<ErrorCode>(['DIGEST_MISMATCH', 'ARCHIVE_INVALID', 'ARCHIVE_TOO_LARGE', 'ENVELOPE_INVALID'])

/** An archive that is not what was promised, by the name of its package: where it was downloaded to tells nobody anything. */
function named(error: unknown, { name, version }: Release, place: string): unknown {
  if (!(error instanceof CpmError)) return error
  const { code, message, details } = error
  if (!OF_CONTENTS.has(code)) return error
  return new CpmError(code, `${name}@${version} from ${place}: ${message}`, {
    hint: "run the command again; if it stays so, tell the registry's operator",
    details: { ...details, name, version, registry: place },
    cause: error,
  })
}
