import { setTimeout as delay } from 'node:timers/promises'
import type { z } from 'zod'
import type { Rpc } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import { answerOf } from './answer.ts'
import { sealRequest } from './rpc-message.ts'
import type { ColonyIdentity } from './identity.ts'
import { postEnvelope, type Wire } from './post.ts'

interface ClientOptions {
  wire: Wire
  colony: string
  identity: ColonyIdentity
}

/** Pauses before a read-only request is repeated, in milliseconds. */
const PAUSES = [200, 1000]

/** Sends requests to one server, about one colony, as one identity. */
export class ColonyClient {
  readonly colony: string
  /** signs requests that are sent over a websocket */
  readonly identity: ColonyIdentity
  readonly wire: Wire

  constructor({ wire, colony, identity }: ClientOptions) {
    this.wire = wire
    this.colony = colony
    this.identity = identity
  }

  /**
   * Sends a request. A read-only request is repeated if there was no answer, unless it timed out; one that changes
   * something is never repeated.
   * @throws CpmError COLONY_UNREACHABLE, COLONY_MISBEHAVED, COLONY_DENIED, COLONY_REFUSED or COLONY_TOO_OLD
   */
  async call<Schema extends z.ZodType>(
    rpc: Rpc<Schema>,
    message: Readonly<Record<string, unknown>>,
  ): Promise<z.output<Schema>> {
    for (const pause of rpc.repeatable ? PAUSES : []) {
      try {
        return await this.#once(rpc, message)
      } catch (error) {
        if (!(error instanceof CpmError) || error.code !== 'COLONY_UNREACHABLE') throw error
        if (error.details.cause === 'TIMEOUT') throw error
      }
      await delay(pause, undefined, { signal: this.wire.signal })
    }
    return await this.#once(rpc, message)
  }

  async #once<Schema extends z.ZodType>(rpc: Rpc<Schema>, message: Readonly<Record<string, unknown>>) {
    const envelope = sealRequest(rpc, message, this.identity)
    const answer = await postEnvelope(envelope, this.wire)
    return answerOf(rpc, answer, {
      host: this.wire.url.host,
      colony: this.colony,
      id: this.identity.id,
      redact: (said) => withoutEnvelope(said, envelope),
    })
  }
}

/** Removes the signed payload and the signature from what a server repeats. */
function withoutEnvelope(said: string, envelope: string): string {
  const { payload, signature } = JSON.parse(envelope) as { payload: string; signature: string }
  return said.replaceAll(signature, '<signature>').replaceAll(payload, '<payload>')
}
