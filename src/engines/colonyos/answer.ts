import type { z } from 'zod'
import type { Rpc } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import { oneLine } from '../../core/printable.ts'
import { readReply } from './rpc-message.ts'
import type { RawAnswer } from './post.ts'

export interface AnswerContext {
  /** the server, as shown to people */
  readonly host: string
  readonly colony: string
  /** the id that the request was signed with */
  readonly id: string
  /** removes secrets from a string, because a server may repeat what it received */
  readonly redact: (text: string) => string
}

const SHOWN = 300

/**
 * Reads the content of an answer.
 * @throws CpmError COLONY_MISBEHAVED, COLONY_DENIED, COLONY_REFUSED or COLONY_TOO_OLD
 */
export function answerOf<Schema extends z.ZodType>(
  rpc: Rpc<Schema>,
  { status, text }: RawAnswer,
  context: AnswerContext,
): z.output<Schema> {
  if (rpc.emptyForStrangers === true && status === 200 && text === '')
    throw denied(context, { host: context.host, colony: context.colony })
  const reply = readReply(rpc, status, text)
  if (reply.kind === 'value') return reply.value
  throw reply.kind === 'refused'
    ? refusalError(rpc, reply.status, reply.message, context)
    : misbehaved(reply.fact, status, context)
}

/** Returns the error for a refusal. The server has no error codes, only a status and a sentence, which is quoted. */
function refusalError(rpc: Rpc, status: number, message: string, context: AnswerContext): CpmError {
  const { host, colony, id } = context
  const said = quoted(message, context)
  const details = { host, colony, status, said, request: rpc.type }
  if (status === 403 && message.startsWith('invalid rpcMsg.PayloadType'))
    return new CpmError(
      'COLONY_TOO_OLD',
      `${host} doesn't support ${rpc.type}: it is older than ${rpc.since ?? 'this cpm'}`,
      {
        hint: rpc.since === undefined ? 'update the server' : `upgrade the server to ColonyOS ${rpc.since} or later`,
        details,
      },
    )
  if (status === 403 && /^Colony with name <.*> does not exists/.test(message))
    return new CpmError('COLONY_DENIED', `no colony named ${colony} on ${host}`, {
      hint: 'check COLONIES_COLONY_NAME or the context',
      details,
    })
  if (status === 403 && message.startsWith('Access denied, not a member')) return denied(context, details)
  // The server reports a corrupted signature like a wrong key, except for these messages.
  if (status === 403 && /signature|recover|Access denied/i.test(message))
    return new CpmError('COLONY_DENIED', `${host} doesn't allow ${id} to do this: ${said}`, { details })
  return new CpmError('COLONY_REFUSED', `${host} refused (${status}): ${said}`, { details })
}

/** Returns the error for a user who is not a member, whether the server says so or answers with nothing. */
function denied({ host, colony, id }: AnswerContext, details: Record<string, unknown>): CpmError {
  return new CpmError('COLONY_DENIED', `${id} is not a member of the colony ${colony} on ${host}`, {
    hint: 'use the key of a user or an approved executor of that colony, not the key of the colony',
    details: { ...details, id },
  })
}

function misbehaved(fact: string, status: number, context: AnswerContext): CpmError {
  return new CpmError('COLONY_MISBEHAVED', `${context.host} ${quoted(fact, context)}`, {
    hint: 'check the address and the port: another program may be answering',
    details: { host: context.host, status },
  })
}

function quoted(text: string, { redact }: AnswerContext): string {
  const safe = oneLine(redact(text))
  return safe.length > SHOWN ? `${safe.slice(0, SHOWN)}…` : safe
}
