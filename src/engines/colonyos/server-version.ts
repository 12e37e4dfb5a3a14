import { parse } from 'semver'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import type { ColonyClient } from './client.ts'

export interface ServerVersion {
  /** what the server calls itself; undefined where it is too old to say */
  readonly text: string | undefined
  /** that as a number, where it is one: a server that was built by hand may say anything */
  readonly version: string | undefined
}

/** Which version the server is. Servers before 1.9.0 do not say. */
export async function serverVersion(client: ColonyClient): Promise<ServerVersion> {
  try {
    const { buildversion: text } = await client.call(RPCS.getServerInfo, {})
    return { text, version: parse(text.replace(/^v/, ''))?.version }
  } catch (error) {
    if (error instanceof CpmError && error.code === 'COLONY_TOO_OLD') return { text: undefined, version: undefined }
    throw error
  }
}
