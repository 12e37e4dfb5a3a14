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
const MAIN = path.join(ROOT, 'bin', 'cpm.mts')

export interface CpmResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** the parsed output of `--json` */
  readonly json: {
    success: boolean
    data: unknown
    error: { code: string; message: string; hint?: string; details?: unknown } | null
  }
}

interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** run the source with tsx instead of the bundle */
  fromSource?: boolean
  /** the text on standard input; empty by default */
  input?: string
  /** publish like on a machine without a signing key */
  withoutKey?: boolean
  /** another account to run as; only works for root */
  account?: { uid?: number; gid?: number }
}

type Files = Record<string, string | Uint8Array>

/**
 * A separate machine for a test: a temporary folder with a CPM_HOME, in which cpm runs. Tests work with packages,
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

  /** the environment of every cpm on this machine */
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
   * Runs cpm and waits for it, in this process unless the environment needs a separate one. Never throws because of the
   * exit status.
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

  /** Runs the real binary and waits for it, for tests that need a process. Never throws because of the exit status. */
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

  /** Starts the real binary without waiting for it. */
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

  /** Writes files to the rig's root or to `folder`, and makes their folders. */
  write(files: Files, folder = this.root): void {
    for (const [name, contents] of Object.entries(files)) {
      const file = path.join(folder, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, contents)
    }
  }

  /** Makes a package and returns its folder: `rig.package('a@1.0.0', { dependencies: { b: '^1.0.0' } })`. */
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

  /** Publishes packages as one operation, in this process. @throws if `cpm publish` fails */
  async publish(
    ...packages: (string | [id: string, manifest: { files?: Files } & Record<string, unknown>])[]
  ): Promise<void> {
    const folders = packages.map((entry) => (typeof entry === 'string' ? this.package(entry) : this.package(...entry)))
    needKey(['publish'], this.env)
    const { code, stderr } = await cpmHere(['publish', ...folders], { cwd: this.root, env: this.env })
    if (code !== 0) throw new Error(stderr)
  }

  /** Makes a project with a colony.yaml and returns its folder. */
  project(manifest: Record<string, unknown> = {}): string {
    const folder = this.path(`project-${++this.#projects}`)
    this.write({ 'colony.yaml': stringify({ apiVersion: 'v1', ...manifest }) }, folder)
    return folder
  }

  read(file: string): string {
    return fs.readFileSync(path.resolve(this.root, file), 'utf8')
  }

  /** Lists all files below a folder, as sorted relative paths. Links are listed, not followed. */
  files(folder: string): string[] {
    return fs
      .readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort()
  }

  /** Returns the only file in the store whose path has this ending. */
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
