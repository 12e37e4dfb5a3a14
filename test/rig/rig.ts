import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { cpmHere, needsProcess } from './in-process.ts'
import { needKey } from './need-key.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const BIN = path.join(ROOT, 'bin', 'cpm.js')
const MAIN = path.join(ROOT, 'bin', 'cpm.ts')

export interface CpmResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** the object of `--json`, when stdout is one */
  readonly json: {
    success: boolean
    data: unknown
    error: { code: string; message: string; hint?: string; details?: unknown } | null
  }
}

interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** run the source by tsx instead of the bundle */
  fromSource?: boolean
  /** what stands on standard input; nothing without it */
  input?: string
  /** publish as on a machine where no key was made yet */
  withoutKey?: boolean
  /** another account to run as: only for root */
  account?: { uid?: number; gid?: number }
}

type Files = Record<string, string | Uint8Array>

/**
 * A machine of its own for a test: a temporary folder with a CPM_HOME, and cpm run in it. Written in terms of packages,
 * projects and commands: `await using rig = await Rig.create()`.
 */
export class Rig {
  readonly root: string
  readonly home: string
  #projects = 0

  private constructor(root: string) {
    this.root = root
    this.home = path.join(root, 'home')
  }

  static async create(): Promise<Rig> {
    const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-test-')))
    return Promise.resolve(new Rig(root))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await fs.promises.rm(this.root, { recursive: true, force: true, maxRetries: 3 })
  }

  path(...parts: string[]): string {
    return path.join(this.root, ...parts)
  }

  /** the environment of every cpm of this machine */
  get env(): Record<string, string> {
    return { PATH: process.env.PATH ?? '', HOME: this.root, CPM_HOME: this.home, NO_COLOR: '1' }
  }

  get registry(): string {
    return path.join(this.home, 'registry')
  }

  get store(): string {
    return path.join(this.home, 'store', 'v1')
  }

  /**
   * Runs cpm to its end, in this process unless the environment means something only to a process of its own. Never throws for its exit
   * status.
   */
  async cpm(
    args: string | readonly string[],
    { cwd = this.root, env = {}, input, withoutKey = false }: Omit<RunOptions, 'fromSource' | 'account'> = {},
  ): Promise<CpmResult> {
    if (needsProcess(env))
      return await this.binary(args, { cwd, env, withoutKey, ...(input !== undefined && { input }) })
    if (!withoutKey) needKey(wordsOf(args), { ...this.env, ...env })
    return resultOf(await cpmHere(wordsOf(args), { cwd, env: { ...this.env, ...env }, input }))
  }

  /** Runs the real binary to its end: for what only a process shows. Never throws for its exit status. */
  async binary(
    args: string | readonly string[],
    { cwd, env, fromSource, input, withoutKey, account }: RunOptions = {},
  ): Promise<CpmResult> {
    const { exitCode, stdout, stderr } = await this.start(args, {
      ...(cwd !== undefined && { cwd }),
      ...(env && { env }),
      ...(fromSource !== undefined && { fromSource }),
      ...(input !== undefined && { input }),
      ...(withoutKey !== undefined && { withoutKey }),
      ...(account && { account }),
    })
    return resultOf({ code: exitCode ?? -1, stdout, stderr })
  }

  /** Starts cpm, to be killed or watched. */
  start(
    args: string | readonly string[],
    {
      cwd = this.root,
      env = {},
      fromSource = process.env.CPM_TEST_FROM === 'source',
      input,
      withoutKey = false,
      account = {},
    }: RunOptions = {},
  ) {
    if (!withoutKey) needKey(wordsOf(args), { ...this.env, ...env })
    const program = fromSource ? ['--import', import.meta.resolve('tsx'), MAIN] : [BIN]
    return execa(process.execPath, [...program, ...wordsOf(args)], {
      cwd,
      ...account,
      env: { ...this.env, ...env },
      extendEnv: false,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
      stdout: 'pipe',
      stderr: 'pipe',
    })
  }

  /** Writes files below the rig's root (or `folder`), with their folders. */
  write(files: Files, folder = this.root): void {
    for (const [name, contents] of Object.entries(files)) {
      const file = path.join(folder, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, contents)
    }
  }

  /** A package's folder: `rig.package('a@1.0.0', { dependencies: { b: '^1.0.0' } })`. */
  package(id: string, { files = {}, ...manifest }: { files?: Files } & Record<string, unknown> = {}): string {
    const at = id.indexOf('@', 1)
    const [name, version] = [id.slice(0, at), id.slice(at + 1)]
    const folder = this.path('packages', `${name.replace('/', '+')}-${version}-${randomBytes(3).toString('hex')}`)
    this.write(
      {
        'colony.yaml': stringify({ apiVersion: 'v1', name, version, ...manifest }),
        'README.md': `# ${id}\n`,
        ...files,
      },
      folder,
    )
    return folder
  }

  /** Publishes packages as one operation, without a process of its own. @throws where `cpm publish` would fail */
  async publish(
    ...packages: (string | [id: string, manifest: { files?: Files } & Record<string, unknown>])[]
  ): Promise<void> {
    const folders = packages.map((entry) => (typeof entry === 'string' ? this.package(entry) : this.package(...entry)))
    needKey(['publish'], this.env)
    const { code, stderr } = await cpmHere(['publish', ...folders], { cwd: this.root, env: this.env })
    if (code !== 0) throw new Error(stderr)
  }

  /** A project's folder with a colony.yaml. */
  project(manifest: Record<string, unknown> = {}): string {
    const folder = this.path(`project-${++this.#projects}`)
    this.write({ 'colony.yaml': stringify({ apiVersion: 'v1', ...manifest }) }, folder)
    return folder
  }

  read(file: string): string {
    return fs.readFileSync(path.resolve(this.root, file), 'utf8')
  }

  /** Every file below a folder, relative and sorted; links are named, not followed. */
  files(folder: string): string[] {
    return fs
      .readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort()
  }

  /** The only file of the store whose path ends so. */
  storeFile(ending: string): string {
    const matches = this.files(this.store).filter((file) => file.endsWith(ending))
    if (matches.length !== 1) throw new Error(`${matches.length} files of the store end with ${ending}`)
    return path.join(this.store, matches[0] ?? '')
  }
}

function wordsOf(args: string | readonly string[]): readonly string[] {
  return typeof args === 'string' ? args.split(' ').filter(Boolean) : args
}

function resultOf({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): CpmResult {
  return {
    code,
    stdout,
    stderr,
    get json() {
      return JSON.parse(stdout) as CpmResult['json']
    },
  }
}
