import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface FuzzOptions {
  seconds: number
  seed: number
  /** only this case */
  only?: number | undefined
  /** only cases of this reader */
  reader?: string | undefined
}

export interface Failure {
  readonly case: number
  readonly reader: string
  readonly what: string
}

export interface FuzzResult {
  readonly cases: number
  readonly slowest: { readonly case: number; readonly reader: string; readonly ms: number }
  readonly peakMiB: number
  readonly failures: readonly Failure[]
}

/** A case that takes longer hangs. Many times what the slowest takes, because other processes may be busy. */
const MOST_MS = 15_000
/** What a case may add to the memory of the process that has loaded everything. */
const MOST_KIB = 200 * 1024
const MOST_FAILURES = 20

/** What the process that reads reports, a line each. */
type Message =
  { case: number; reader: string; rss: number } | { failed: number; stack: string } | { done: true; rss: number }

/**
 * Gives mutated inputs to cpm's readers in a process of their own, until the time is over. A case fails if it ends in
 * anything but success or a CpmError, hangs, takes too much memory, or ends the process.
 */
export async function fuzz({ seconds, seed, only, reader = '' }: FuzzOptions): Promise<FuzzResult> {
  const end = performance.now() + seconds * 1000
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-fuzz-'))
  const watch = new Watch(scratch)
  const last = only === undefined ? Number.MAX_SAFE_INTEGER : only + 1
  let first = only ?? 0
  while (first < last && performance.now() < end && watch.failures.length < MOST_FAILURES) {
    first = await watch.run([String(seed), String(first), String(last), reader], only === undefined ? end : Infinity)
  }
  // A process that was ended has left its files.
  fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
  return watch
}

class Watch implements FuzzResult {
  readonly failures: Failure[] = []
  cases = 0
  slowest = { case: -1, reader: '', ms: 0 }
  peakMiB = 0
  #current = { case: -1, reader: '', since: 0 }
  /** the peak memory after the first cases, which load and compile everything */
  #loaded: number | undefined
  #isDone = false
  readonly #scratch: string

  constructor(scratch: string) {
    this.#scratch = scratch
  }

  /** Starts the process, and watches it until it ends. @returns the case to continue with */
  async run(argv: string[], end: number): Promise<number> {
    this.#isDone = false
    this.#loaded = undefined
    this.#current = { case: Number(argv[1]) - 1, reader: '', since: performance.now() }
    const child = start(argv, this.#scratch)
    const ended = once(child, 'close')
    if (child.stdout)
      createInterface(child.stdout).on('line', (line) => {
        this.#take(child, JSON.parse(line) as Message)
      })
    const timer = setInterval(() => {
      if (performance.now() > end) child.kill('SIGTERM')
      if (performance.now() - this.#current.since > MOST_MS) this.#end(child, `takes longer than ${MOST_MS / 1000} s`)
    }, 200)
    await ended
    clearInterval(timer)
    this.#end(child, `ends the process (${child.exitCode ?? child.signalCode ?? ''})`)
    return this.#current.case + 1
  }

  #take(child: ChildProcess, message: Message): void {
    if ('failed' in message) {
      this.#fail(message.stack)
      return
    }
    this.#endCase(child, message.rss)
    if ('done' in message) this.#isDone = true
    else this.#current = { case: message.case, reader: message.reader, since: performance.now() }
  }

  #endCase(child: ChildProcess, rss: number): void {
    const { case: number, reader, since } = this.#current
    const ms = performance.now() - since
    if (reader === '') return
    this.cases++
    if (ms > this.slowest.ms) this.slowest = { case: number, reader, ms }
    this.peakMiB = Math.max(this.peakMiB, rss / 1024)
    this.#loaded ??= this.cases > WARM_UP ? rss : undefined
    const taken = rss - (this.#loaded ?? rss)
    if (taken > MOST_KIB) this.#end(child, `takes ${Math.round(taken / 1024)} MiB of memory`)
  }

  /** Ends the process and blames the current case, unless it has ended well or was blamed already. */
  #end(child: ChildProcess, what: string): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#fail(what)
    child.kill('SIGKILL')
  }

  #fail(what: string): void {
    this.failures.push({ case: this.#current.case, reader: this.#current.reader, what })
  }
}

const WARM_UP = 40

function start(argv: string[], scratch: string): ChildProcess {
  const options = ['--max-old-space-size=192', '--max-semi-space-size=8', '--import', import.meta.resolve('tsx')]
  return spawn(process.execPath, [...options, path.join(import.meta.dirname, 'cases.ts'), ...argv], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CPM_TEST_FROM: 'source', TMPDIR: scratch },
  })
}
