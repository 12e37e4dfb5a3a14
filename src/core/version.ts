import { readFileSync } from 'node:fs'

declare const CPM_VERSION: string | undefined

/** The version of this cpm: put into the bundle by build/bundle.mjs, read from package.json in development. */
export function cpmVersion(): string {
  if (typeof CPM_VERSION !== 'undefined') return CPM_VERSION
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
