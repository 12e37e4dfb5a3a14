import { readFileSync } from 'node:fs'

declare const CPM_VERSION: string | undefined

/** Returns the version of cpm: build/bundle.mjs sets it in the bundle; otherwise it is read from package.json. */
export function cpmVersion(): string {
  if (typeof CPM_VERSION !== 'undefined') return CPM_VERSION
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
