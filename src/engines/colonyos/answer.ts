import type { z } from 'zod'
import type { Rpc } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import { oneLine } from '../../core/printable.ts'
import { readReply } from './envelope.ts'
import type { RawAnswer } from './post.ts'

export interface AnswerContext {
  /** the server, for people */
  readonly host: string
  readonly colony: string
  /** the id that the request was signed with */
  readonly id: string
  /** takes out of a text what must not be seen: a server may repeat what it was sent */
  readonly redact: (text: string) => string
}

const SHOWN = 300

/**
 * What an answer holds.
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

/** The error for what a server refused. It has no codes of its own: only a status and a sentence, which is quoted. */
function refusalError(rpc: Rpc, status: number, message: string, context: AnswerContext): CpmError {
  const { host, colony, id } = context
  const said = quoted(message, context)
  const details = { host, colony, status, said, request: rpc.type }
  if (status === 403 && message.startsWith('invalid rpcMsg.PayloadType'))
    return new CpmError(
      'COLONY_TOO_OLD',
      `${host} does not know ${rpc.type}: it is older than ${rpc.since ?? 'this cpm'}`,
      {
        hint: rpc.since === undefined ? 'update the server' : `it takes a ColonyOS server from version ${rpc.since} on`,
        details,
      },
    )
  if (status === 403 && /^Colony with name <.*> does not exists/.test(message))
    return new CpmError('COLONY_DENIED', `there is no colony ${colony} on ${host}`, {
      hint: 'check COLONIES_COLONY_NAME, or the context',
      details,
    })
  if (status === 403 && message.startsWith('Access denied, not a member')) return denied(context, details)
  // The server can't tell a signature that was spoilt from another key, but for these.
  if (status === 403 && /signature|recover|Access denied/i.test(message))
    return new CpmError('COLONY_DENIED', `${host} does not let ${id} do this: ${said}`, { details })
  return new CpmError('COLONY_REFUSED', `${host} refused (${status}): ${said}`, { details })
}

/** For servers that answer strangers with nothing, and for those that say it. */
function denied({ host, colony, id }: AnswerContext, details: Record<string, unknown>): CpmError {
  return new CpmError('COLONY_DENIED', `${id} is no member of the colony ${colony} on ${host}`, {
    hint: 'the key must be that of a user or an approved executor, not the colony’s own; or the colony is another one',
    details: { ...details, id },
  })
}

function misbehaved(fact: string, status: number, context: AnswerContext): CpmError {
  return new CpmError('COLONY_MISBEHAVED', `${context.host} ${quoted(fact, context)}`, {
    hint: 'check the address and the port: something else may answer there',
    details: { host: context.host, status },
  })
}

function quoted(text: string, { redact }: AnswerContext): string {
  const safe = oneLine(redact(text))
  return safe.length > SHOWN ? `${safe.slice(0, SHOWN)}…` : safe
}
