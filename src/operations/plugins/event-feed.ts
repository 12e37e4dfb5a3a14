import type { CpmEvent } from '../../schema/events.ts'
import { isThere } from '../../core/atomic-file.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { findHome } from '../../core/home.ts'
import type { Hooks } from '../../plugins/hooks.ts'

/** Passes the events of a session on to plugins. */
export interface EventFeed {
  push(event: CpmEvent): void
  /** Waits until the plugins have received everything. */
  end(): Promise<void>
}

/** Events that wait beyond this number are dropped. */
const MOST_WAITING = 10_000
/** Never passed on: secrets, and what plugins say themselves. */
const KEPT: readonly CpmEvent['type'][] = ['token-created', 'plugin-log']

/** Creates a feed. Without plugins, the first event costs one look at the disk, and the others nothing. */
export function createEventFeed({
  env,
  hooks,
}: {
  env: EnvironmentVariables
  hooks: () => Promise<Hooks | undefined>
}): EventFeed {
  let isUsed: boolean | undefined
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  return {
    push: (event) => {
      if (KEPT.includes(event.type)) return
      isUsed ??= hasPlugins(env)
      if (!isUsed || waiting >= MOST_WAITING) return
      waiting++
      last = last
        .then(async () => (await hooks())?.observe(event))
        // An operation that runs hooks reports why they can't be loaded.
        .catch(() => undefined)
        .then(() => {
          waiting--
        })
    },
    end: () => last,
  }
}

/** Returns whether the user has ever approved a plugin. */
export function hasPlugins(env: EnvironmentVariables): boolean {
  const home = findHome(env)
  return home !== undefined && isThere(home.pluginState)
}
