import fs from 'node:fs'
import path from 'node:path'
import type { CorpusPackage } from '../corpus.ts'
import { BIN } from './prepare.ts'

/** A package manager to measure, with a project and caches of its own below a folder. */
export interface Tool {
  readonly name: string
  readonly project: string
  readonly env: NodeJS.ProcessEnv
  readonly install: readonly string[]
  /** installs exactly what the lock says */
  readonly ci: readonly string[] | undefined
  readonly add: (name: string) => readonly string[]
  readonly verify?: readonly string[]
  /** where the packages are in the project */
  readonly packages: string
  readonly lock: string
  readonly manifest: string
  /** store, caches and metadata, removed for a cold install */
  readonly caches: readonly string[]
}

interface Place {
  /** the parent of the tool's folder */
  scratch: string
  wanted: readonly CorpusPackage[]
}

/** Makes a project for cpm that requires the packages from a registry. */
export function cpmTool(name: string, registry: string, { scratch, wanted }: Place): Tool {
  const { project, home, env } = makePlaces(name, scratch)
  const required = wanted.map((entry) => `  '${entry.name}': ${entry.version}\n`).join('')
  fs.writeFileSync(path.join(project, 'colony.yaml'), `apiVersion: v1\ndependencies:\n${required}`)
  const cpm = (...words: string[]) => [process.execPath, BIN, ...words, '--quiet']
  return {
    name,
    project,
    env: { ...env, CPM_HOME: home, CPM_REGISTRY: registry, CPM_INSECURE: '' },
    install: cpm('install'),
    ci: cpm('ci'),
    add: (added) => cpm('install', added),
    verify: cpm('verify'),
    packages: path.join(project, 'colony_packages'),
    lock: path.join(project, 'colony.lock'),
    manifest: path.join(project, 'colony.yaml'),
    caches: [home],
  }
}

export interface PeerTool {
  readonly program: string
  readonly install: readonly string[]
  readonly ci: readonly string[] | undefined
  readonly add: string
  readonly lock: string
}

const PEERS: Record<string, PeerTool> = {
  bun: {
    program: 'bun',
    install: ['install', '--ignore-scripts'],
    ci: ['install', '--ignore-scripts', '--frozen-lockfile'],
    add: 'add',
    lock: 'bun.lock',
  },
  pnpm: {
    program: 'pnpm',
    install: ['install', '--ignore-scripts', '--no-frozen-lockfile'],
    ci: ['install', '--ignore-scripts', '--frozen-lockfile'],
    add: 'add',
    lock: 'pnpm-lock.yaml',
  },
  npm: {
    program: 'npm',
    install: ['install', '--ignore-scripts', '--no-audit', '--no-fund'],
    ci: ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
    add: 'install',
    lock: 'package-lock.json',
  },
  yarn: {
    program: 'yarn',
    install: ['install', '--ignore-scripts', '--non-interactive'],
    ci: ['install', '--ignore-scripts', '--non-interactive', '--frozen-lockfile'],
    add: 'add',
    lock: 'yarn.lock',
  },
}

/** Makes a project for a peer that requires the packages from an npm registry. */
export function peerTool(name: string, registry: string, bin: string, { scratch, wanted }: Place): Tool {
  const peer = PEERS[name]
  if (!peer) throw new Error(`no peer ${name}`)
  const { project, home, env } = makePlaces(`${name}-${new URL(registry).port}`, scratch)
  const dependencies = Object.fromEntries(wanted.map((entry) => [entry.name, entry.version]))
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name: 'bench', private: true, dependencies }))
  fs.writeFileSync(path.join(project, '.npmrc'), `registry=${registry}\n`)
  const program = path.join(bin, peer.program)
  const start = fs.existsSync(program) ? program : peer.program
  return {
    name,
    project,
    env: {
      ...env,
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: home,
      XDG_CACHE_HOME: path.join(home, 'cache'),
      XDG_DATA_HOME: path.join(home, 'data'),
      XDG_STATE_HOME: path.join(home, 'state'),
      BUN_INSTALL: path.join(home, 'bun'),
      PNPM_HOME: path.join(home, 'pnpm'),
      npm_config_registry: registry,
      npm_config_cache: path.join(home, 'npm'),
      npm_config_store_dir: path.join(home, 'store'),
      YARN_CACHE_FOLDER: path.join(home, 'yarn'),
    },
    install: [start, ...peer.install],
    ci: peer.ci && [start, ...peer.ci],
    add: (added) => [
      start,
      peer.add,
      added,
      ...peer.install.slice(1).filter((flag) => flag !== '--no-frozen-lockfile'),
    ],
    packages: path.join(project, 'node_modules'),
    lock: path.join(project, peer.lock),
    manifest: path.join(project, 'package.json'),
    caches: [home],
  }
}

function makePlaces(name: string, scratch: string) {
  const [project, home] = [path.join(scratch, name, 'project'), path.join(scratch, name, 'home')]
  fs.rmSync(path.join(scratch, name), { recursive: true, force: true })
  fs.mkdirSync(project, { recursive: true })
  fs.mkdirSync(home, { recursive: true })
  const { PATH, LANG } = process.env
  // NODE_EXTRA_CA_CERTS costs Node 20 about 30 ms per start, so it is not passed on.
  return { project, home, env: { PATH, LANG, HOME: home, CI: '' } as NodeJS.ProcessEnv }
}
