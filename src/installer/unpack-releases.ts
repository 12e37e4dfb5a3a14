import type { Tree } from '../schema/digest.ts'
import type { Emit } from '../schema/events.ts'
import { mapConcurrently, type Pool } from '../core/pool.ts'
import type { ArtifactSource } from '../core/ports.ts'
import { DEFAULT_LIMITS } from '../package/limits.ts'
import * as tasks from '../package/tasks.ts'
import type { ProvenRelease } from './prove-releases.ts'
import type { Store } from './store.ts'

interface UnpackOptions {
  pool: Pool
  source: ArtifactSource
  store: Store
  emit: Emit
  signal?: AbortSignal | undefined
  /** trees that are in the store but damaged: what is unpacked takes their place */
  replace?: ReadonlySet<Tree>
}

/** Unpacks proven releases into the store, each proven again byte by byte on its way, largest first. */
export async function unpackReleases(
  releases: readonly ProvenRelease[],
  { pool, source, store, emit, signal, replace }: UnpackOptions,
): Promise<void> {
  // The largest first, so that no thread is left alone with it at the end.
  const queue = [...releases].sort((a, b) => b.promised.contents.size - a.promised.contents.size)
  const abort = new AbortController()
  const stop = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal
  let done = 0
  try {
    await mapConcurrently(queue, pool.parallel, async ({ name, version, promised }) => {
      const archive = await source.archive(name, version)
      const target = store.temporary()
      const { table } = await pool.run(
        tasks.unpack,
        { archive, promised, limits: DEFAULT_LIMITS, target },
        { signal: stop },
      )
      const { tree } = promised.contents
      store.commit(target, tree, table, { replace: replace?.has(tree) ?? false })
      emit({ type: 'unpacked', name, version, done: ++done, total: queue.length })
    })
  } catch (error) {
    abort.abort()
    throw error
  }
}
