import { NamePattern, type TokenScope, type TokenSummary } from '../../schema/token.ts'
import type { OpenTokenStore, TokenStore } from '../../core/server-ports.ts'
import type { Session } from '../session.ts'
import { registryWithTokens } from './served-registry.ts'

export interface TokensOptions {
  /** the folder of the registry; by default this machine's registry */
  root?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

export interface CreateTokenOptions extends TokensOptions {
  /** a name to show in lists */
  name: string
  /** by default read and publish */
  scope: readonly TokenScope[]
  /** the packages that the token applies to; by default all */
  packages: readonly NamePattern[]
  /** days until it expires */
  expires: number
}

/** Loads the tokens of a registry server, which operations can't import. */
export type LoadTokenStore = () => Promise<OpenTokenStore>

/** Creates a token for a registry on this machine. @throws CpmError REGISTRY_INVALID, USAGE */
export async function createToken(
  session: Session,
  { name, scope, packages, expires, ...options }: CreateTokenOptions,
  load: LoadTokenStore,
): Promise<{ token: string } & TokenSummary> {
  const tokens = await lockedTokens(session, options, load)
  const { token, summary } = await tokens.create({
    name,
    scopes: scope.length > 0 ? [...new Set(scope)] : ['read', 'publish'],
    packages: packages.length > 0 ? packages : [NamePattern.parse('*')],
    days: expires,
  })
  return { token, ...summary }
}

/** Revokes a token of a registry on this machine. @throws CpmError REGISTRY_INVALID, USAGE */
export async function revokeToken(
  session: Session,
  { id, ...options }: TokensOptions & { id: string },
  load: LoadTokenStore,
): Promise<TokenSummary> {
  return await (await lockedTokens(session, options, load)).revoke(id)
}

/** Lists the tokens of a registry on this machine, and the current time. @throws CpmError REGISTRY_INVALID, USAGE */
export async function listTokens(
  session: Session,
  { root }: Pick<TokensOptions, 'root'>,
  load: LoadTokenStore,
): Promise<{ now: string; tokens: TokenSummary[] }> {
  const { emit, now } = session
  const open = await load()
  const tokens = open({ root: await registryWithTokens(session, root), lockTimeout: 0, emit, now })
  return { now: now().toISOString(), tokens: tokens.list() }
}

/** Opens the tokens for a change, which waits for other cpm processes. */
async function lockedTokens(session: Session, options: TokensOptions, load: LoadTokenStore): Promise<TokenStore> {
  const { emit, now } = session
  const open = await load()
  const lockTimeout = session.lockTimeout(await session.config(), options.lockTimeout)
  return open({ root: await registryWithTokens(session, options.root), lockTimeout, emit, now })
}
