import fs from 'node:fs'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError } from '../../core/errors.ts'
import { fileError } from '../../core/errors.ts'
import { DEFAULT_PORT, type ServerAddress } from '../../engines/colonyos/server-address.ts'
import { chosenContext } from '../contexts.ts'

/** Which colony is meant, on which server, and where its key is to be had. */
export interface ColonyChoice {
  readonly server: ServerAddress
  readonly colony: string
  /** who said so: a context's name, or the environment */
  readonly from: string
  /** the context's name, where one was chosen */
  readonly context?: string
  /** reads the key only when it is needed; `where` is what errors call it */
  readonly key: () => { readonly text: string; readonly where: string }
}

interface ChoiceParts {
  /** the file of contexts */
  file: string
  /** `--context` */
  flag?: string | undefined
  env: EnvironmentVariables
}

/**
 * The colony of `--context` or CPM_CONTEXT, else of the environment as the colonies CLI reads it, else of the context in use. The two are never
 * mixed: a request that is signed with one key must not go to another server by accident. Only a context that has no key takes that of the environment.
 * @returns undefined where nothing names a server
 */
export function findColony({ file, flag, env }: ChoiceParts): ColonyChoice | undefined {
  const named = flag !== undefined || env.get('CPM_CONTEXT') !== undefined
  if (!named && env.get('COLONIES_SERVER_HOST') !== undefined) return fromEnvironment(env)
  const context = chosenContext(file, { flag, env })
  if (!context?.server) {
    if (!named) return undefined
    throw missing(`the context ${context?.name ?? ''} names no colony's server`)
  }
  const { name, server, colony = env.get('COLONIES_COLONY_NAME'), keyFile } = context
  if (colony === undefined) throw missing(`the context ${name} names no colony`)
  const key = keyFile === undefined ? environmentKey(env) : () => ({ text: readKeyFile(keyFile), where: keyFile })
  return { server, colony, from: `context ${name}`, context: name, key }
}

/** @throws CpmError COLONY_NOT_CHOSEN where nothing names a server */
export function requireColony(parts: ChoiceParts): ColonyChoice {
  const found = findColony(parts)
  if (found) return found
  const inUse = chosenContext(parts.file, { env: parts.env })
  throw missing(
    inUse
      ? `the context in use, ${inUse.name}, names no colony's server, and neither does the environment`
      : 'nothing says which colony is meant',
  )
}

function fromEnvironment(env: EnvironmentVariables): ColonyChoice {
  const host = env.get('COLONIES_SERVER_HOST') ?? ''
  const colony = env.get('COLONIES_COLONY_NAME')
  if (colony === undefined) throw missing('COLONIES_SERVER_HOST is set, but COLONIES_COLONY_NAME is not')
  return {
    server: { host, port: portOf(env), tls: tlsOf(env) },
    colony,
    from: 'environment',
    key: environmentKey(env),
  }
}

function portOf(env: EnvironmentVariables): number {
  const [name, text] = env.get('COLONIES_SERVER_HTTP_PORT')
    ? ['COLONIES_SERVER_HTTP_PORT', env.get('COLONIES_SERVER_HTTP_PORT')]
    : ['COLONIES_SERVER_PORT', env.get('COLONIES_SERVER_PORT')]
  if (text === undefined) return DEFAULT_PORT
  if (/^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536) return Number(text)
  throw new CpmError('CONFIG_INVALID', `${name} is not a port`)
}

function tlsOf(env: EnvironmentVariables): boolean {
  const text = env.get('COLONIES_TLS') ?? 'false'
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true'
  throw new CpmError('CONFIG_INVALID', 'COLONIES_TLS is neither true nor false')
}

function environmentKey(env: EnvironmentVariables): ColonyChoice['key'] {
  return () => {
    const text = env.get('COLONIES_PRVKEY')
    if (text !== undefined) return { text: text.trim(), where: 'COLONIES_PRVKEY' }
    const file = env.get('COLONIES_PRVKEY_FILE')
    if (file !== undefined) return { text: readKeyFile(file), where: file }
    throw missing('there is no key for the colony', 'set COLONIES_PRVKEY or COLONIES_PRVKEY_FILE, or cpm context add')
  }
}

/** A key's file holds its digits and perhaps the end of a line, and is its owner's alone. @throws CpmError CREDENTIALS_UNSAFE */
export function readKeyFile(file: string): string {
  try {
    const stats = fs.statSync(file)
    if (!stats.isFile()) throw new CpmError('COLONY_KEY_INVALID', `${file} is no file with a key`)
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0)
      throw new CpmError('CREDENTIALS_UNSAFE', `${file} can be read by others, so the key in it is not used`, {
        hint: `chmod 600 '${file}', and have the key replaced if others may have seen it`,
      })
    return fs.readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw fileError(error, 'read', file)
  }
}

function missing(
  fact: string,
  hint = 'cpm context add, or set COLONIES_SERVER_HOST, COLONIES_COLONY_NAME and COLONIES_PRVKEY',
): CpmError {
  return new CpmError('COLONY_NOT_CHOSEN', fact, { hint })
}
