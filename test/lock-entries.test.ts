import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

/** An entry of our own package-lock.json: what `npm ci` installs on our machines, and whether it runs a script. */
interface Entry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

const ROOT = path.resolve(import.meta.dirname, '..')
const { packages } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Entry>
}
const entries = Object.entries(packages).filter(([name]) => name !== '')

/** Packages whose install scripts were reviewed, and what these do. Adding a name here is a decision. */
const INSTALL_SCRIPTS: Record<string, string> = {
  'node_modules/esbuild': 'checks the program for this platform, which is a separate package with its own entry',
  'node_modules/msw': 'copies its browser worker if package.json names a folder for it; ours does not',
}

test('every entry of package-lock.json is pinned by a SHA-512, even for other platforms', () => {
  expect(entries.length).toBeGreaterThan(100)
  const unpinned = entries.filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)
  expect(unpinned.map(([name]) => name)).toEqual([])
})

test('no entry of package-lock.json contains the URL that it comes from', () => {
  const placed = entries.filter(([, { resolved, link }]) => resolved !== undefined || link === true)
  expect(placed.map(([name]) => name)).toEqual([])
})

test('only packages whose install script was reviewed have one', () => {
  const scripted = entries.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([name]) => name)
  expect(scripted.sort()).toEqual(Object.keys(INSTALL_SCRIPTS).sort())
})
