import { createInterface } from 'node:readline'
import { cpmHere, needsProcess } from './in-process.ts'
import type { Rig } from './rig.ts'

interface ServeOptions {
  /** the folder to serve; by default the rig's registry */
  root?: string
  args?: readonly string[]
  env?: Record<string, string>
}

/** A running `cpm serve` on a real port. `await using server = await serve(rig)` */
export interface RunningServe extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** the token it created at its first start; empty if the registry already had tokens */
  readonly token: string
  /** the id of the registry */
  readonly registry: string
  /** the events it has printed so far */
  readonly events: readonly Record<string, unknown>[]
}

/** A `cpm serve` in a separate process. */
export interface ServeProcess extends RunningServe {
  readonly pid: number
  /** what it has printed on standard error so far */
  stderr(): string
  kill(signal: NodeJS.Signals): void
  /** resolves to its exit status and last line of output, once it has ended */
  readonly ended: Promise<{ code: number; signal: string | undefined; result: unknown }>
}

/**
 * Starts a server and waits until it listens. It runs in this process unless the environment needs a separate one.
 * Disposing of it stops it like a signal.
 */
export async function serve(rig: Rig, options: ServeOptions = {}): Promise<RunningServe> {
  const { env = {} } = options
  if (needsProcess(env)) return await serveProcess(rig, options)
  const stopping = new AbortController()
  const printed = new Printed()
  const ended = cpmHere(wordsOf(options), {
    cwd: rig.root,
    env: { ...rig.env, ...env },
    signal: stopping.signal,
    onLine: (line) => {
      printed.add(line)
    },
  })
  const listening = await printed.listening(ended.then(({ code, stderr }) => `${code}: ${stderr}`))
  return {
    ...listening,
    events: printed.events,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await ended
    },
  }
}

/** Starts a server in a separate process, which tests can kill. Disposing of it kills it. */
export async function serveProcess(rig: Rig, options: ServeOptions = {}): Promise<ServeProcess> {
  const { env = {} } = options
  const child = rig.start(wordsOf(options), { env })
  const printed = new Printed()
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  createInterface({ input: child.stdout }).on('line', (line) => {
    printed.add(line)
  })
  const listening = await printed.listening(
    child.then(
      ({ exitCode, signal }) => `${exitCode ?? signal ?? ''}: ${JSON.stringify(printed.events.at(-1))} ${stderr}`,
    ),
  )
  const ended = child.then(({ exitCode, signal }) => ({ code: exitCode ?? -1, signal, result: printed.events.at(-1) }))
  return {
    ...listening,
    pid: child.pid ?? 0,
    events: printed.events,
    ended,
    stderr: () => stderr,
    kill: (signal) => {
      child.kill(signal)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function wordsOf({ root, args = [] }: ServeOptions): string[] {
  return ['serve', '--port', '0', '--events', ...(root === undefined ? [] : ['--root', root]), ...args]
}

/** The events that a server prints. */
class Printed {
  readonly events: Record<string, unknown>[] = []
  #hear: (() => void) | undefined
  readonly #heard = new Promise<void>((resolve) => (this.#hear = resolve))

  add(line: string): void {
    const event = JSON.parse(line) as Record<string, unknown>
    this.events.push(event)
    if (event.type === 'listening') this.#hear?.()
  }

  /** @param ended why the server ended, if it ends before it listens */
  async listening(ended: Promise<string>) {
    const failed = ended.then((why) => {
      throw new Error(`cpm serve ended with ${why}`)
    })
    await Promise.race([this.#heard, failed])
    failed.catch(() => undefined)
    const find = (type: string) => this.events.find((event) => event.type === type)
    const { url, registry } = find('listening') as { url: string; registry: string }
    const token = (find('token-created') as { token: string } | undefined)?.token ?? ''
    return { url, registry, port: Number(new URL(url).port), token }
  }
}
