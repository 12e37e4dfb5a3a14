import path from 'node:path'
import type { z } from 'zod'
import { BRIDGE_REQUESTS, BridgeCall, type BridgeMethod } from '../../schema/bridge.ts'
import type { ErrorDocument } from '../../schema/error-document.ts'
import { CpmError, systemError } from '../../core/errors.ts'
import { install } from '../project/install.ts'
import { list } from '../project/list.ts'
import { uninstall } from '../project/uninstall.ts'
import { verify } from '../project/verify.ts'
import { createSession, type Session } from '../session.ts'

/** What `cpm bridge` answers to a document. */
export type BridgeAnswer =
  | { readonly success: true; readonly data: unknown; readonly error: null }
  | { readonly success: false; readonly data: null; readonly error: ErrorDocument }

/** The largest document that is read, in bytes. */
export const MOST_BRIDGE_BYTES = 1024 * 1024

/** Carries out one request, given as JSON. Every failure is an answer, unless the user ends the command. */
export async function callBridge(session: Session, method: BridgeMethod, text: string): Promise<BridgeAnswer> {
  return await answered(session, () => run(session, method, parse(text)))
}

/** Carries out a line of `cpm bridge serve`. The answer has the id of the call; null if the line has none. */
export async function answerLine(
  session: Session,
  text: string,
): Promise<{ readonly id: BridgeCall['id'] | null } & BridgeAnswer> {
  let id: BridgeCall['id'] | null = null
  const answer = await answered(session, async () => {
    const data = parse(text)
    id = idOf(data)
    const { method, params = {} } = check(BridgeCall, data)
    return await run(session, method, params)
  })
  return { id, ...answer }
}

/** The answer to a line that is too long to be read. */
export function lineTooLong(): { readonly id: null } & BridgeAnswer {
  const error = invalid(`the line is longer than ${MOST_BRIDGE_BYTES} bytes`)
  return { id: null, success: false, data: null, error: error.toJSON() }
}

async function answered(session: Session, work: () => Promise<unknown>): Promise<BridgeAnswer> {
  try {
    return { success: true, data: (await work()) ?? null, error: null }
  } catch (error) {
    session.signal.throwIfAborted()
    return { success: false, data: null, error: explained(error).toJSON() }
  }
}

function explained(error: unknown): CpmError {
  if (error instanceof CpmError) return error
  const message = error instanceof Error ? error.message : String(error)
  return systemError(error) ?? new CpmError('INTERNAL', `internal error: ${message}`)
}

/** Each request has its own session, so that one leaves nothing open for the next. */
async function run({ cwd, env, emit, signal, cpmVersion, pool }: Session, method: BridgeMethod, params: unknown) {
  const open = (folder: string | undefined) =>
    createSession({ cwd: path.resolve(cwd, folder ?? '.'), env, emit, signal, cpmVersion, pool })
  const within = async <T>(folder: string | undefined, work: (session: Session) => Promise<T>) => {
    const session = open(folder)
    try {
      return await work(session)
    } finally {
      await session.end()
    }
  }
  switch (method) {
    case 'install': {
      const { cwd: folder, packages = [], ...options } = check(BRIDGE_REQUESTS.install, params)
      return await within(folder, (session) => install(session, { ...given(options), names: packages }))
    }
    case 'uninstall': {
      const { cwd: folder, packages } = check(BRIDGE_REQUESTS.uninstall, params)
      return await within(folder, (session) => uninstall(session, { names: packages }))
    }
    case 'verify': {
      const { cwd: folder, ...options } = check(BRIDGE_REQUESTS.verify, params)
      return await within(folder, (session) => verify(session, given(options)))
    }
    case 'state': {
      const { cwd: folder } = check(BRIDGE_REQUESTS.state, params)
      return await within(folder, (session) => list(session))
    }
  }
}

/** Leaves out what is undefined. */
function given<T extends object>(options: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('it is not valid JSON')
  }
}

function check<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path: at, message }) => [...at, message].join(': '))
  throw invalid(problems.slice(0, 10).join('; '))
}

function invalid(fact: string): CpmError {
  return new CpmError('BRIDGE_INVALID', `the request is not valid: ${fact}`, { hint: 'cpm help bridge' })
}

function idOf(data: unknown): BridgeCall['id'] | null {
  const id = BridgeCall.shape.id.safeParse(data !== null && typeof data === 'object' && 'id' in data ? data.id : null)
  return id.success ? id.data : null
}
