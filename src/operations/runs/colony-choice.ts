import fs from 'node:fs'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError } from '../../core/errors.ts'
import { fileError } from '../../core/errors.ts'
import { DEFAULT_PORT, type ServerAddress } from '../../engines/colonyos/server-address.ts'
import { chosenContext } from '../contexts.ts'
import { shellPath } from '../../core/shell-word.ts'

/** A colony, its server and where its key comes from. */
export interface ColonyChoice {
  readonly server: ServerAddress
  readonly colony: string
  /** what chose it: a context, by name, or the environment */
  readonly from: string
  /** the context's name, if one was chosen */
  readonly context?: string
  /** reads the key on demand; `where` names its source in errors */
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
 * Finds the colony: by `--context` or CPM_CONTEXT, otherwise by the environment variables of the colonies CLI,
 * otherwise by the current context. They are never mixed, because a request signed with one key must not go to another
 * server. Only a context without a key uses the key in the environment.
 * @returns undefined if no server is configured
 */
export function findColony({ file, flag, env }: ChoiceParts): ColonyChoice | undefined {
  const named = flag !== undefined || env.get('CPM_CONTEXT') !== undefined
  if (!named && env.get('COLONIES_SERVER_HOST') !== undefined) return fromEnvironment(env)
  const context = chosenContext(file, { flag, env })
  if (!context?.server) {
    if (!named) return undefined
    throw missing(`the context ${context?.name ?? ''} has no server`)
  }
  const { name, server, colony = env.get('COLONIES_COLONY_NAME'), keyFile } = context
  if (colony === undefined) throw missing(`the context ${name} has no colony`)
  const key = keyFile === undefined ? environmentKey(env) : () => ({ text: readKeyFile(keyFile), where: keyFile })
  return { server, colony, from: `context ${name}`, context: name, key }
}

/** @throws CpmError COLONY_NOT_CHOSEN if no server is configured */
export function requireColony(parts: ChoiceParts): ColonyChoice {
  const found = findColony(parts)
  if (found) return found
  const inUse = chosenContext(parts.file, { env: parts.env })
  throw missing(
    inUse ? `neither the current context, ${inUse.name}, nor the environment has a server` : 'no colony is selected',
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
  throw new CpmError('CONFIG_INVALID', 'COLONIES_TLS must be true or false')
}

function environmentKey(env: EnvironmentVariables): ColonyChoice['key'] {
  return () => {
    const text = env.get('COLONIES_PRVKEY')
    if (text !== undefined) return { text: text.trim(), where: 'COLONIES_PRVKEY' }
    const file = env.get('COLONIES_PRVKEY_FILE')
    if (file !== undefined) return { text: readKeyFile(file), where: file }
    throw missing('no key for the colony', 'set COLONIES_PRVKEY or COLONIES_PRVKEY_FILE, or cpm context add')
  }
}

/** Reads a key from a file that only its owner may read. @throws CpmError CREDENTIALS_UNSAFE */
export function readKeyFile(file: string): string {
  try {
    const stats = fs.statSync(file)
    if (!stats.isFile()) throw new CpmError('COLONY_KEY_INVALID', `${file} is not a file`)
    if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0)
      throw new CpmError('CREDENTIALS_UNSAFE', `${file} can be read by others, so the key in it is not used`, {
        hint: `chmod 600 ${shellPath(file)}, and replace the key if others may have seen it`,
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
