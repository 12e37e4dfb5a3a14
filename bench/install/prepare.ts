import { execa } from 'execa'
import fs from 'node:fs'
import path from 'node:path'
import { type CorpusPackage, describeLeftOut, makeCorpus } from '../corpus.ts'
import { writeNpmPackages } from './npm-packages.ts'

const ROOT = path.resolve(import.meta.dirname, '..', '..')
const CACHE = path.join(ROOT, 'node_modules', '.cache', 'cpm-bench')
export const BIN = path.join(ROOT, 'bin', 'cpm.js')

/** The peers, at the versions that the results in docs/install.md name. */
const PEERS = { bun: '1.4.5', pnpm: '12.21.0' }
const MORE_PEERS = { yarn: '1.22.22' }

export interface Material {
  /** a folder registry of cpm */
  readonly registry: string
  /** the same packages for npm-server.mjs */
  readonly npm: string
  /** the folders of the packages, for publishing */
  readonly folders: readonly string[]
  /** what a project requires to get all of it */
  readonly topLevel: readonly CorpusPackage[]
  readonly packages: number
  readonly files: number
  readonly bytes: number
  /** bytes of all archives */
  readonly packed: number
  /** seconds that publishing everything as one operation took, if it was published now */
  readonly publishing: number | undefined
}

/**
 * Installs the list of popular packages, kept in node_modules/.cache, and makes packages of cpm and npm from them.
 */
export async function prepare(scratch: string): Promise<Material> {
  const from = path.join(CACHE, 'npm')
  if (!fs.existsSync(path.join(from, 'node_modules'))) {
    console.error('downloading the packages of bench/install/packages.json from the npm registry, once')
    fs.mkdirSync(from, { recursive: true })
    fs.copyFileSync(path.join(import.meta.dirname, 'packages.json'), path.join(from, 'package.json'))
    await npm(from, 'install', '--ignore-scripts', '--legacy-peer-deps')
  }
  const corpus = makeCorpus(path.join(from, 'node_modules'), path.join(scratch, 'corpus'))
  console.log(describeLeftOut(corpus))
  const topLevel = corpus.packages.filter((entry) => entry.topLevel)
  const npmFolder = path.join(scratch, 'npm')
  writeNpmPackages({ ...corpus, packages: topLevel }, npmFolder)
  const home = path.join(scratch, 'author')
  const registry = path.join(home, 'registry')
  const folders = topLevel.map(({ folder }) => folder)
  const publishing = await publish(folders, home)
  const sum = (of: (entry: CorpusPackage) => number) => topLevel.reduce((total, entry) => total + of(entry), 0)
  return {
    registry,
    npm: npmFolder,
    folders,
    topLevel,
    packages: topLevel.length,
    files: sum(({ files }) => files),
    bytes: sum(({ bytes }) => bytes),
    packed: sizeOf(path.join(registry, 'packages')),
    publishing,
  }
}

/** Publishes to the registry in an author's home. @returns the seconds that it took */
async function publish(folders: readonly string[], home: string): Promise<number> {
  const env = { PATH: process.env.PATH, HOME: home, CPM_HOME: home }
  const cpm = async (...words: string[]) => {
    const { exitCode, stderr } = await execa(process.execPath, [BIN, ...words], {
      env,
      extendEnv: false,
      reject: false,
    })
    if (exitCode !== 0) throw new Error(`cpm ${words[0] ?? ''} failed: ${stderr}`)
  }
  await cpm('key', 'generate')
  const started = performance.now()
  await cpm('publish', '--quiet', '--no-test', '--allow', '**', ...folders)
  return (performance.now() - started) / 1000
}

/** Installs the peers, once, and returns the folder with their commands. */
export async function installPeers(all: boolean): Promise<string> {
  const folder = path.join(CACHE, all ? 'all-peers' : 'peers')
  if (!fs.existsSync(path.join(folder, 'node_modules'))) {
    console.error('installing the peers from the npm registry, once')
    fs.mkdirSync(folder, { recursive: true })
    const dependencies = { ...PEERS, ...(all && MORE_PEERS) }
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
    await npm(folder, 'install')
  }
  return path.join(folder, 'node_modules', '.bin')
}

async function npm(cwd: string, ...words: string[]) {
  await execa('npm', [...words, '--no-audit', '--no-fund'], { cwd, stdout: 'ignore' })
}

function sizeOf(folder: string): number {
  const names = fs.readdirSync(folder, { recursive: true }) as string[]
  return names.reduce((total, name) => {
    const stats = fs.statSync(path.join(folder, name))
    return total + (stats.isFile() ? stats.size : 0)
  }, 0)
}
