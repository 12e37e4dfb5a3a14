import { parse } from 'semver'
import { RPCS } from '../../schema/colony/rpcs.ts'
import { CpmError } from '../../core/errors.ts'
import type { ColonyClient } from './client.ts'

export interface ServerVersion {
  /** what the server reports; undefined if it is too old to report a version */
  readonly text: string | undefined
  /** the version, if the server reports a valid one; a custom build may report anything */
  readonly version: string | undefined
}

/** Reads the version of the server. Servers before 1.9.0 don't report one. */
export async function serverVersion(client: ColonyClient): Promise<ServerVersion> {
  try {
    const { buildversion: text } = await client.call(RPCS.getServerInfo, {})
    return { text, version: parse(text.replace(/^v/, ''))?.version }
  } catch (error) {
    if (error instanceof CpmError && error.code === 'COLONY_TOO_OLD') return { text: undefined, version: undefined }
    throw error
  }
}
