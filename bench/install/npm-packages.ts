import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { encodeEntry, END, padding } from '../../src/package/tar-format.ts'
import type { Corpus, CorpusPackage } from '../corpus.ts'

/**
 * Writes the packages of a corpus as npm packages: the same files in a tarball of npm's layout, with a package.json that
 * has the name, version and dependencies of colony.yaml. npm-server.mjs serves the folder.
 */
export function writeNpmPackages({ packages }: Corpus, to: string): void {
  const versions = new Map<string, Record<string, unknown>>()
  for (const entry of packages) {
    const manifest = { name: entry.name, version: entry.version, dependencies: entry.ranges }
    const tarball = zlib.gzipSync(tarOf(entry, JSON.stringify(manifest)), { level: 6 })
    const file = `${entry.name.replace('/', '+')}-${entry.version}.tgz`
    fs.mkdirSync(path.join(to, '-'), { recursive: true })
    fs.writeFileSync(path.join(to, '-', file), tarball)
    const dist = {
      tarball: `BASE/-/${encodeURIComponent(file)}`,
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      shasum: createHash('sha1').update(tarball).digest('hex'),
    }
    versions.set(entry.name, { ...versions.get(entry.name), [entry.version]: { ...manifest, dist } })
  }
  const latest = new Map(packages.filter(({ topLevel }) => topLevel).map(({ name, version }) => [name, version]))
  for (const [name, of] of versions) {
    const packument = { name, 'dist-tags': { latest: latest.get(name) ?? Object.keys(of)[0] }, versions: of }
    fs.mkdirSync(path.dirname(path.join(to, name)), { recursive: true })
    fs.writeFileSync(path.join(to, `${name}.json`), JSON.stringify(packument))
  }
}

function tarOf({ folder }: CorpusPackage, packageJson: string): Buffer {
  const names = (fs.readdirSync(folder, { recursive: true }) as string[]).filter(
    (name) => name !== 'package.json' && name !== 'colony.yaml' && fs.statSync(path.join(folder, name)).isFile(),
  )
  const parts = [...entry('package.json', Buffer.from(packageJson), false)]
  for (const name of names) {
    const file = path.join(folder, name)
    parts.push(...entry(name, fs.readFileSync(file), (fs.statSync(file).mode & 0o100) !== 0))
  }
  return Buffer.concat([...parts, END])
}

function entry(name: string, contents: Buffer, executable: boolean): Buffer[] {
  const header = encodeEntry({ path: `package/${name}`, size: contents.length, executable })
  return [header, contents, Buffer.alloc(padding(contents.length))]
}
