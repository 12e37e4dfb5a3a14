import fs from 'node:fs'
import path from 'node:path'
import type { Emit } from '../../schema/events.ts'
import type { Settings } from '../../core/config.ts'
import { fileError, systemCode } from '../../core/errors.ts'
import { type Home, storeIn } from '../../core/home.ts'
import type { Session } from '../session.ts'

/**
 * Returns the folders of the site stores: those in CPM_SITE_STORES, otherwise those in the user's settings. Says so if
 * one can't be used: an unmounted disk must not stop an installation that works without it.
 */
export function siteStores({ env, emit }: Session, { storage }: Settings, { root }: Home): string[] {
  const named = env.get('CPM_SITE_STORES')?.split(path.delimiter).filter(Boolean) ?? storage?.siteStores ?? []
  const places = named.map((name) => path.resolve(root, name))
  for (const place of places) {
    const problem = problemOf(storeIn(place))
    if (problem !== undefined) warnOnce(emit, place, problem)
  }
  return places.map(storeIn)
}

function problemOf(store: string): string | undefined {
  try {
    fs.readdirSync(store)
    return undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return `there is no ${store}; is its disk mounted?`
    return fileError(error, 'read', store).message
  }
}

/** The stores that each session has reported. Some commands look several times. */
const told = new WeakMap<Emit, Set<string>>()

function warnOnce(emit: Emit, place: string, problem: string): void {
  const places = told.get(emit) ?? new Set()
  told.set(emit, places)
  if (places.has(place)) return
  places.add(place)
  emit({
    type: 'warning',
    code: 'SITE_STORE_MISSING',
    message: `the site store ${place} can't be used: ${problem}`,
    hint: 'packages that only it has are downloaded; if it is gone for good, remove it from storage.siteStores',
  })
}
