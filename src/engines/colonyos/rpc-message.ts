import type { z } from 'zod'
import { Refusal, ReplyEnvelope } from '../../schema/colony/rpc-envelope.ts'
import type { Rpc } from '../../schema/colony/rpcs.ts'
import type { ColonyIdentity } from './identity.ts'
import { exactJson, parseLosslessJson } from '../../core/exact-json.ts'
import { decodeText } from '../../core/text.ts'

/**
 * Signs a request. **A sealed request is as good as the key**: it names no server and no time, so anyone who has it can
 * send it again, forever. It is therefore created right before it is sent, and never appears in an error, log, event or
 * file.
 */
export function sealRequest(rpc: Rpc, message: Readonly<Record<string, unknown>>, identity: ColonyIdentity): string {
  const payload = Buffer.from(exactJson({ ...message, msgtype: rpc.type })).toString('base64')
  return JSON.stringify({ payloadtype: rpc.type, payload, signature: identity.sign(payload) })
}

export type Reply<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** the server refused the request */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** not an answer of a ColonyOS server, as `fact` explains */
  | { readonly kind: 'unreadable'; readonly fact: string }

/** Reads an answer. */
export function readReply<Schema extends z.ZodType>(
  rpc: Rpc<Schema>,
  status: number,
  text: string,
): Reply<z.output<Schema>> {
  if (text === '') return { kind: 'unreadable', fact: `answered ${status} with an empty body` }
  const envelope = ReplyEnvelope.safeParse(parsed(text))
  if (!envelope.success)
    return { kind: 'unreadable', fact: `answered ${status} without an envelope: ${beginning(text)}` }
  const { payload, error, payloadtype } = envelope.data
  const decoded = decodeText(Buffer.from(payload, 'base64'))
  if ('fault' in decoded) {
    const { line, column } = decoded.fault
    return { kind: 'unreadable', fact: `answered with a payload that is not plain UTF-8 at ${line}:${column}` }
  }
  const content = parsed(decoded.text)
  if (error === true || payloadtype === 'error' || status >= 400) {
    const refusal = Refusal.safeParse(content)
    return refusal.success
      ? { kind: 'refused', status: refusal.data.status, message: refusal.data.message }
      : { kind: 'unreadable', fact: `answered ${status} with an error without a message` }
  }
  if (content === UNREADABLE) return { kind: 'unreadable', fact: 'answered with a payload that is not JSON' }
  const value = rpc.reply.safeParse(content)
  if (value.success) return { kind: 'value', value: value.data }
  const [issue] = value.error.issues
  const where = issue ? `${issue.path.join('.')}: ${issue.message}` : ''
  return { kind: 'unreadable', fact: `answered ${rpc.type} in an unknown format: ${where}` }
}

const UNREADABLE = Symbol('unreadable')

function parsed(text: string): unknown {
  try {
    return parseLosslessJson(text)
  } catch {
    return UNREADABLE
  }
}

const SHOWN = 60

function beginning(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
