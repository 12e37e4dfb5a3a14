import type { z } from 'zod'
import { Refusal, ReplyEnvelope } from '../../schema/colony/envelope.ts'
import type { Rpc } from '../../schema/colony/rpcs.ts'
import type { ColonyIdentity } from './identity.ts'
import { exactJson, parseExactJson } from '../../core/exact-json.ts'

/**
 * A request as it is sent. **It is as good as the key**: nothing in it names a server or a time, so whoever has the text can send it again,
 * for ever. It is therefore made right before it is sent, and is in no error, log, event or file.
 */
export function sealRequest(rpc: Rpc, message: Readonly<Record<string, unknown>>, identity: ColonyIdentity): string {
  const payload = Buffer.from(exactJson({ ...message, msgtype: rpc.type })).toString('base64')
  return JSON.stringify({ payloadtype: rpc.type, payload, signature: identity.sign(payload) })
}

export type Reply<T> =
  | { readonly kind: 'value'; readonly value: T }
  /** the server said no */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** this is not what a ColonyOS server says; `fact` tells why */
  | { readonly kind: 'unreadable'; readonly fact: string }

/** Reads what came as an answer, whatever it is. */
export function readReply<Schema extends z.ZodType>(
  rpc: Rpc<Schema>,
  status: number,
  text: string,
): Reply<z.output<Schema>> {
  if (text === '') return { kind: 'unreadable', fact: `answered ${status} with nothing` }
  const envelope = ReplyEnvelope.safeParse(parsed(text))
  if (!envelope.success)
    return { kind: 'unreadable', fact: `answered ${status} with what is no envelope: ${beginning(text)}` }
  const { payload, error, payloadtype } = envelope.data
  const content = parsed(Buffer.from(payload, 'base64').toString('utf8'))
  if (error === true || payloadtype === 'error' || status >= 400) {
    const refusal = Refusal.safeParse(content)
    return refusal.success
      ? { kind: 'refused', status: refusal.data.status, message: refusal.data.message }
      : { kind: 'unreadable', fact: `answered ${status} with an error that says nothing` }
  }
  if (content === UNREADABLE) return { kind: 'unreadable', fact: 'answered with a payload that is not JSON' }
  const value = rpc.reply.safeParse(content)
  if (value.success) return { kind: 'value', value: value.data }
  const [issue] = value.error.issues
  const where = issue ? `${issue.path.join('.')}: ${issue.message}` : ''
  return { kind: 'unreadable', fact: `gave ${rpc.type} an answer of another shape: ${where}` }
}

const UNREADABLE = Symbol('unreadable')

function parsed(text: string): unknown {
  try {
    return parseExactJson(text)
  } catch {
    return UNREADABLE
  }
}

const SHOWN = 60

function beginning(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}
