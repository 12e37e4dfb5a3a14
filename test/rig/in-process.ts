import path from 'node:path'
import { Readable, Writable } from 'node:stream'
import type { runCpm as RunCpm } from '../../src/cli/main.ts'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import type { Terminal } from '../../src/cli/terminal/terminal.ts'
import type { Pool } from '../../src/core/pool.ts'
import type { TaskBody } from '../../src/core/task.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** Where cpm is taken from: the bundle, as users have it, or the source, as coverage wants it. */
const FROM_SOURCE = process.env.CPM_TEST_FROM === 'source'

/** Whether an environment means something only to a process that starts with it. */
export function needsProcess(env: Record<string, string>): boolean {
  return Object.keys(env).some((name) => /^(?:NODE_|TZ$|LANG$|LC_|CPM_FAULT|CPM_PORTABLE)/.test(name))
}

interface HereOptions {
  cwd: string
  env: Record<string, string>
  /** what is on standard input */
  input?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * Runs cpm in this process, at a terminal of its own that nobody sits at: no process and no thread has to start. What a process is
 * needed for (signals, crashes, streams, start-up) is tested with the real one: `rig.binary`, `rig.start`.
 */
export async function cpmHere(argv: readonly string[], { cwd, env, input, signal }: HereOptions) {
  // Files that cpm makes for itself it must be able to read again, whatever the umask (src/cli/main.ts).
  process.umask(process.umask(0o077) & 0o077)
  const main = FROM_SOURCE ? '../../src/cli/main.ts' : path.join(ROOT, 'dist', 'cpm.js')
  const { runCpm } = (await import(/* @vite-ignore */ main)) as { runCpm: typeof RunCpm }
  const { terminal, stdout, stderr } = captureTerminal({ cwd, env, input })
  const code = await runCpm(argv, terminal, { signal: signal ?? new AbortController().signal, pool: poolHere() })
  return { code, stdout: stdout.text.trimEnd(), stderr: stderr.text.trimEnd() }
}

/** A pool that runs tasks where it is called: for the few small packages of a test no thread is worth its start. */
export function poolHere(fromSource = FROM_SOURCE): Pool {
  const fileOf = (id: string) =>
    fromSource ? `../../src/${id}.ts` : path.join(ROOT, 'dist', `${id.replaceAll('/', '.')}.js`)
  return {
    parallel: 4,
    run: async ({ id }, input, { signal } = {}) => {
      signal?.throwIfAborted()
      // What a task takes and gives is known where it is named (taskAt), not where it is imported.
      const task = (await import(/* @vite-ignore */ fileOf(id))) as { default: TaskBody<typeof input, never> }
      // Nothing is shared with a thread: neither is it here.
      return structuredClone(await task.default(structuredClone(input)))
    },
    close: () => Promise.resolve(),
  }
}

/** A terminal that nobody sits at, and what is printed at it. */
export function captureTerminal({ cwd, env, input = '' }: Omit<HereOptions, 'signal'>) {
  const [stdout, stderr] = [new Captured(), new Captured()]
  // Readable and writable as those of a process are, and nothing else of a terminal.
  const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)]) as unknown as NodeJS.ReadStream
  const streams = { stdin, stdout: stdout as unknown as NodeJS.WriteStream, stderr: stderr as unknown as NodeJS.WriteStream } // prettier-ignore
  const terminal: Terminal = { ...streams, cwd, env: new EnvironmentVariables(env) }
  return { terminal, stdout, stderr }
}

/** A stream that keeps what is written to it. */
class Captured extends Writable {
  readonly isTTY = false
  text = ''

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}
