import { createInterface } from 'node:readline'
import type { Rig } from './rig.ts'

interface ServeOptions {
  /** the folder to serve; by default the rig's registry */
  root?: string
  args?: readonly string[]
  env?: Record<string, string>
}

/** A running `cpm serve`: the real binary on a real port. `await using server = await serve(rig)` */
export interface RunningServe extends AsyncDisposable {
  readonly url: string
  readonly port: number
  /** the token it created at its first start; empty if the registry already had tokens */
  readonly token: string
  /** the id of the registry */
  readonly registry: string
  readonly pid: number
  /** the events it has printed so far */
  readonly events: readonly Record<string, unknown>[]
  /** what it has printed on standard error so far */
  stderr(): string
  kill(signal: NodeJS.Signals): void
  /** resolves to its exit status and last line of output, once it has ended */
  readonly ended: Promise<{ code: number; signal: string | undefined; result: unknown }>
}

/** Starts a server and waits until it listens. */
export async function serve(rig: Rig, { root, args = [], env = {} }: ServeOptions = {}): Promise<RunningServe> {
  const words = ['serve', '--port', '0', '--events', ...(root === undefined ? [] : ['--root', root]), ...args]
  const child = rig.start(words, { env })
  const events: Record<string, unknown>[] = []
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const find = (type: string) => events.find((event) => event.type === type)
  const listening = new Promise<Record<string, unknown>>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as Record<string, unknown>
      events.push(event)
      if (event.type === 'listening') resolve(event)
    })
    void child.then(({ exitCode, signal }) => {
      reject(new Error(`cpm serve ended with ${exitCode ?? signal ?? ''}: ${JSON.stringify(events.at(-1))} ${stderr}`))
    })
  })
  const { url, registry } = (await listening) as { url: string; registry: string }
  const ended = child.then(({ exitCode, signal }) => ({ code: exitCode ?? -1, signal, result: events.at(-1) }))
  return {
    url,
    registry,
    port: Number(new URL(url).port),
    token: (find('token-created') as { token: string } | undefined)?.token ?? '',
    pid: child.pid ?? 0,
    events,
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
