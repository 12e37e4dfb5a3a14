import { z } from 'zod'
import type { CALLABLE } from '../../schema/plugin.ts'
import { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { licenses } from '../project/licenses.ts'
import { list } from '../project/list.ts'
import { outdated } from '../project/outdated.ts'
import { sbom, SBOM_FORMATS } from '../project/sbom.ts'
import { tree } from '../project/tree.ts'
import { verify } from '../project/verify.ts'
import { why } from '../project/why.ts'
import { info } from '../registries/info.ts'
import { search } from '../registries/search.ts'
import type { Session } from '../session.ts'

type Call = (session: Session, options: unknown) => unknown

const NOTHING = z.strictObject({})

/** Operations that plugins may call, with the options that they may pass. None of them writes a file. */
const CALLS: Record<(typeof CALLABLE)[number], Call> = {
  info: (session, options) => info(session, z.strictObject({ release: z.string() }).parse(options)),
  licenses: (session, options) => licenses(session, NOTHING.parse(options)),
  list: (session, options) => list(session, NOTHING.parse(options)),
  outdated: (session, options) => outdated(session, NOTHING.parse(options)),
  sbom: (session, options) =>
    sbom(session, z.strictObject({ format: z.enum(SBOM_FORMATS).default('cyclonedx') }).parse(options)),
  search: (session, options) => search(session, z.strictObject({ words: z.array(z.string()) }).parse(options)),
  tree: (session, options) => tree(session, NOTHING.parse(options)),
  verify: (session, options) => verify(session, NOTHING.parse(options)),
  why: (session, options) => why(session, z.strictObject({ name: PackageName }).parse(options)),
}

/** Calls an operation for a plugin. @throws CpmError USAGE for unknown operations and options */
export async function callOperation(session: Session, operation: string, options: unknown): Promise<unknown> {
  if (!Object.hasOwn(CALLS, operation)) throw new CpmError('USAGE', `there is no operation ${operation}`)
  try {
    return await CALLS[operation as keyof typeof CALLS](session, options)
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error
    throw new CpmError('USAGE', `${operation}: ${error.issues[0]?.message ?? 'invalid options'}`)
  }
}
