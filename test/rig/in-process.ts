import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { runCpm as RunCpm } from '../../src/cli/main.ts'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import type { Terminal } from '../../src/cli/terminal/terminal.ts'
import type { Pool } from '../../src/core/pool.ts'
import type { TaskBody } from '../../src/core/task.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** Whether to load cpm from the source, for coverage, instead of from the bundle that users have. */
const FROM_SOURCE = process.env.CPM_TEST_FROM === 'source'

/** Returns whether an environment only has an effect on a process that starts with it. */
export function needsProcess(env: Record<string, string>): boolean {
  return Object.keys(env).some((name) => /^(?:NODE_|TZ$|LANG$|LC_|CPM_FAULT|CPM_PORTABLE)/.test(name))
}

interface HereOptions {
  cwd: string
  env: Record<string, string>
  /** the text on standard input */
  input?: string | undefined
  signal?: AbortSignal | undefined
  /** called with each line of standard output as it is printed */
  onLine?: ((line: string) => void) | undefined
}

/**
 * Runs cpm in this process, with a captured, non-interactive terminal, so that no process or thread has to start. Tests
 * that need a process (signals, crashes, streams, startup) use `rig.binary` or `rig.start`.
 */
export async function cpmHere(argv: readonly string[], { cwd, env, input, signal, onLine }: HereOptions) {
  // cpm must be able to read its own files again, whatever the umask (src/cli/main.ts).
  process.umask((process.umask(0o077) & 0o077) | 0o002)
  const main = FROM_SOURCE ? '../../src/cli/main.ts' : path.join(ROOT, 'dist', 'cpm.js')
  const { runCpm } = (await import(/* @vite-ignore */ main)) as { runCpm: typeof RunCpm }
  const { terminal, stdout, stderr } = captureTerminal({ cwd, env, input })
  if (onLine) stdout.onLine = onLine
  const code = await runCpm(argv, terminal, { signal: signal ?? new AbortController().signal, pool: poolHere() })
  return { code, stdout: stdout.text.trimEnd(), stderr: stderr.text.trimEnd() }
}

/** Returns a pool that runs tasks on this thread. Tests have few and small packages, so threads don't pay off. */
export function poolHere(fromSource = FROM_SOURCE): Pool {
  const fileOf = (id: string) =>
    fromSource ? `../../src/${id}.ts` : path.join(ROOT, 'dist', `${id.replaceAll('/', '.')}.js`)
  return {
    threads: 2,
    parallel: 4,
    run: async ({ id }, input, { signal } = {}) => {
      signal?.throwIfAborted()
      // The types of a task are known where it is named (taskAt), not where it is imported.
      const task = (await import(/* @vite-ignore */ fileOf(id))) as { default: TaskBody<typeof input, never> }
      // A worker thread would share no objects, so neither does this.
      return structuredClone(await task.default(structuredClone(input)))
    },
    expect: () => undefined,
    close: () => Promise.resolve(),
  }
}

/** Returns a non-interactive terminal and its captured output. */
export function captureTerminal({ cwd, env, input = '' }: Omit<HereOptions, 'signal' | 'onLine'>) {
  const [stdout, stderr] = [new Captured(), new Captured()]
  // Streams like those of a process, without the rest of a terminal.
  const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)]) as unknown as NodeJS.ReadStream
  const streams = { stdin, stdout: stdout as unknown as NodeJS.WriteStream, stderr: stderr as unknown as NodeJS.WriteStream } // prettier-ignore
  const terminal: Terminal = { ...streams, cwd, env: new EnvironmentVariables(env) }
  return { terminal, stdout, stderr }
}

/** A stream that records what is written to it. */
class Captured extends Writable {
  readonly isTTY = false
  text = ''
  onLine: (line: string) => void = () => undefined
  #begun = ''

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    const lines = (this.#begun + chunk.toString()).split('\n')
    this.#begun = lines.pop() ?? ''
    for (const line of lines) this.onLine(line)
    done()
  }
}
