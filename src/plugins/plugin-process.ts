import { type ChildProcess, spawn } from 'node:child_process'
import fs from 'node:fs'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { MAX_MESSAGE_BYTES, PluginMessage, type PluginRequest } from '../schema/plugin-message.ts'
import { inTime } from '../core/concurrency.ts'
import { CpmError, systemError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { readLines } from './line-reader.ts'
import { CHILD_MODULE } from './runtime.ts'

export interface ProcessOptions {
  /** for messages to the user */
  readonly name: string
  /** the module to load */
  readonly module: string
  /** the flags of `permissionFlags` */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** called with each line that the plugin logs or prints, cut to a bounded number */
  readonly onLine: (text: string) => void
  /**
   * Called when the plugin calls an operation of cpm during a request that allows it; its result or error goes back to
   * the plugin.
   */
  readonly onCall: (operation: string, options: Readonly<Record<string, unknown>>) => Promise<unknown>
}

/** Megabytes of JavaScript objects, and of memory as a whole where the system shows it. */
const HEAP = 256
const MEMORY = 1024
const MEMORY_CHECK = 200
/** What a plugin may say in answer to one request. */
const MOST_MESSAGES = 10_000
const MOST_BYTES = 16 * MAX_MESSAGE_BYTES
/** Printed lines beyond this are dropped. */
const MOST_LINES = 1000
const LONGEST_LINE = 2000
/** Milliseconds that a process gets to end by itself. */
const PATIENCE = 500

interface Waiting {
  readonly id: number
  readonly mayCall: boolean
  resolve(value: unknown): void
  reject(error: Error): void
}

interface Limits {
  /** how long it may take, including the start of the process */
  readonly seconds: number
  readonly signal?: AbortSignal | undefined
  /** whether the plugin may call operations meanwhile */
  readonly mayCall?: boolean
}

/**
 * The process of one plugin. It starts with the first request and serves one request at a time. Nothing that the plugin
 * does can hurt cpm: when it crashes, hangs, floods or lies, its process is killed and the request fails.
 */
export class PluginProcess {
  readonly #options: ProcessOptions
  #child: ChildProcess | undefined
  #waiting: Waiting | undefined
  #ids = 0
  #messages = 0
  #bytes = 0
  #lines = 0
  #last: Promise<unknown> = Promise.resolve()
  #calls: Promise<void> = Promise.resolve()

  constructor(options: ProcessOptions) {
    this.#options = options
  }

  /**
   * Sends a request once the earlier ones are answered, and waits for the answer.
   * @throws CpmError HOOK_FAILED
   */
  async request(request: Omit<Extract<PluginRequest, { id: number }>, 'id'>, limits: Limits): Promise<unknown> {
    const done = this.#last.then(() => this.#exchange(request, limits))
    this.#last = done.catch(() => undefined)
    return await done
  }

  async #exchange(
    request: Omit<Extract<PluginRequest, { id: number }>, 'id'>,
    { seconds, signal, mayCall = false }: Limits,
  ): Promise<unknown> {
    signal?.throwIfAborted()
    this.#child ??= this.#start()
    const id = ++this.#ids
    this.#messages = this.#bytes = 0
    const kill = (fact: string) => {
      this.#end(fact)
    }
    const late = setTimeout(kill, seconds * 1000, `did not answer within ${seconds} seconds`)
    const memory = setInterval(() => {
      if (memoryOf(this.#child?.pid) > MEMORY) kill(`used more than ${MEMORY} MB of memory`)
    }, MEMORY_CHECK)
    const interrupt = () => {
      kill('was interrupted')
    }
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#waiting = { id, mayCall, resolve, reject }
        this.#send({ ...request, id } as PluginRequest)
      })
    } finally {
      this.#waiting = undefined
      clearTimeout(late)
      clearInterval(memory)
      signal?.removeEventListener('abort', interrupt)
    }
  }

  /** Ends the process, once what it has printed is read. A request in progress fails. */
  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    if (this.#waiting) this.#end('was stopped')
    else {
      const closed = new Promise((resolve) => child.once('close', resolve))
      child.stdin?.end()
      await inTime(closed, PATIENCE, () => new Error('the process does not end')).catch(() => undefined)
      this.#end('was stopped')
    }
  }

  #start(): ChildProcess {
    const { flags, env, module } = this.#options
    const child = spawn(
      process.execPath,
      [
        ...flags,
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=SecurityWarning',
        `--max-old-space-size=${HEAP}`,
        CHILD_MODULE,
        module,
      ],
      { env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'], windowsHide: true },
    )
    child.on('error', (error) => {
      this.#fail(child, `can't be started: ${systemError(error)?.message ?? error.message}`)
    })
    child.on('close', (code, signal) => {
      this.#fail(child, signal === null ? `ended with exit status ${code ?? 0}` : `was ended by ${signal}`)
    })
    // A process that has ended takes no more requests; that it ended is reported anyway.
    child.stdin.on('error', () => undefined)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#bytes += chunk.length
        if (this.#bytes > MOST_BYTES) this.#end('printed too much')
      })
      readLines(stream, LONGEST_LINE, { line: this.#show.bind(this) })
    }
    readLines(child.stdio[3] as Readable, MAX_MESSAGE_BYTES, {
      line: (line) => {
        this.#take(line, child)
      },
      tooLong: () => {
        this.#end('sent too long a message')
      },
    })
    return child
  }

  #send(request: PluginRequest): void {
    this.#child?.stdin?.write(`${JSON.stringify(request)}\n`)
  }

  #take(line: string, child: ChildProcess): void {
    if (child !== this.#child) return
    this.#bytes += line.length
    if (++this.#messages > MOST_MESSAGES || this.#bytes > MOST_BYTES) {
      this.#end('sent too many messages')
      return
    }
    const message = parse(line)
    if (!message) {
      this.#end('sent a message that is not valid')
      return
    }
    const waiting = this.#waiting
    switch (message.do) {
      case 'ready':
        return
      case 'log':
        this.#show(message.text)
        return
      case 'call':
        // One at a time, and after a look at the process: work that a plugin asks for without end must end with it.
        this.#calls = this.#calls.then(turn).then(() => (child === this.#child ? this.#call(message) : undefined))
        return
      case 'answer':
      case 'failed':
        if (message.id !== waiting?.id) this.#end('answered a request that nobody made')
        else if (message.do === 'answer') waiting.resolve(message.value)
        else waiting.reject(this.#failure(`failed: ${printable(message.message.slice(0, LONGEST_LINE))}`))
    }
  }

  async #call({ call, operation, options }: Extract<PluginMessage, { do: 'call' }>): Promise<void> {
    const child = this.#child
    const allowed = this.#waiting?.mayCall === true
    const fact = `${operation} can't be called while cpm changes the project`
    const called = allowed ? this.#options.onCall(operation, options) : Promise.reject(new CpmError('USAGE', fact))
    const reply = await called.then(
      (value): PluginRequest => ({ do: 'returned', call, value }),
      (error: unknown): PluginRequest => {
        const { code, message } = error instanceof CpmError ? error : new CpmError('INTERNAL', String(error))
        return { do: 'threw', call, code, message }
      },
    )
    if (child === this.#child) this.#send(reply)
  }

  #show(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      if (line.trim() === '') continue
      if (++this.#lines > MOST_LINES) return
      this.#options.onLine(
        this.#lines === MOST_LINES ? 'what it prints from here on is not shown' : line.slice(0, LONGEST_LINE),
      )
    }
  }

  #end(fact: string): void {
    const child = this.#child
    if (!child) return
    this.#fail(child, fact)
    child.kill('SIGKILL')
    for (const stream of child.stdio) stream?.destroy()
  }

  #fail(child: ChildProcess, fact: string): void {
    if (child !== this.#child) return
    this.#child = undefined
    this.#waiting?.reject(this.#failure(fact))
  }

  #failure(fact: string): CpmError {
    return new CpmError('HOOK_FAILED', `the plugin ${this.#options.name} ${fact}`, {
      hint: `cpm plugins disable ${this.#options.name}`,
    })
  }
}

function parse(line: string): PluginMessage | undefined {
  try {
    return PluginMessage.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/** Returns the resident memory of a process in megabytes; 0 where the system does not show it. */
function memoryOf(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return 0
  try {
    const pages = Number(fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    return (pages * 4096) / 1024 ** 2
  } catch {
    return 0
  }
}
