import { WebSocket } from 'undici'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { COLONY_STATES } from '../../schema/colony/values.ts'
import type { ColonyClient } from './client.ts'
import { sealRequest } from './rpc-message.ts'

/** The most processes to subscribe to; a subscription is for one process and one state. */
const MOST_PROCESSES = 32
/** seconds until the server ends a subscription */
const TIMEOUT = 600
const TRIES = 3

/**
 * Wakes waiters of a graph when one of its processes changes. A notification is only a reason to read the graph
 * now rather than later, so nothing depends on it: a server or proxy without websockets costs a few seconds.
 */
export class Notifications {
  readonly #client: ColonyClient
  readonly #processids: readonly string[]
  #socket: WebSocket | undefined
  #tries = 0
  #wake: () => void = () => undefined
  #woken = false

  constructor(client: ColonyClient, processids: readonly string[]) {
    this.#client = client
    this.#processids = processids.slice(0, MOST_PROCESSES)
    this.#open()
  }

  /**
   * Resolves at the next change, or after so many milliseconds. Reconnects here, after a look: if the server was away,
   * it has just answered.
   * @throws the reason of the signal
   */
  async next(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (!this.#socket) this.#open()
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          // The signal may live as long as a run is followed, which can be days.
          signal?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, milliseconds)
        this.#wake = done
        signal?.addEventListener('abort', done)
      })
    }
    this.#woken = false
    this.#wake = () => undefined
    signal?.throwIfAborted()
  }

  close(): void {
    this.#socket?.close()
  }

  #open(): void {
    if (this.#tries >= TRIES) return
    this.#tries++
    const { wire } = this.#client
    const url = new URL('pubsub', wire.url)
    url.protocol = wire.url.protocol === 'https:' ? 'wss:' : 'ws:'
    const socket = new WebSocket(url, { dispatcher: wire.dispatcher })
    this.#socket = socket
    socket.addEventListener('open', () => {
      for (const text of this.#subscriptions()) socket.send(text)
    })
    socket.addEventListener('message', () => {
      this.#tries = 0
      this.#woken = true
      this.#wake()
    })
    socket.addEventListener('error', () => undefined)
    socket.addEventListener('close', () => {
      this.#socket = undefined
    })
  }

  *#subscriptions(): Generator<string> {
    const { colony: colonyname, identity } = this.#client
    for (const processid of this.#processids) {
      for (const state of COLONY_STATES.keys()) {
        if (COLONY_STATES[state] === 'waiting') continue
        const message = { colonyname, processid, executortype: '', state, timeout: TIMEOUT }
        yield sealRequest(RPCS.subscribeProcess, message, identity)
      }
    }
  }
}
