import type { PackageName } from '../../src/schema/name.ts'
import type { Route } from '../../src/schema/route.ts'
import { matchesName, type TokenScope, type TokenSummary } from '../../src/schema/token.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { Tokens } from '../services/tokens.ts'

interface Rules {
  tokens: Tokens
  /** reading needs a token */
  private: boolean
  /** why nothing is changed, whoever asks; undefined where changes are taken */
  closedBecause: string | undefined
}

/** Who sent a request, and what they may do. */
export interface Caller {
  /** what its address counts as (client-address.ts) */
  readonly address: string
  /** the token that was sent and is good; looked up when asked for */
  token(): TokenSummary
  /** @throws CpmError AUTH_REQUIRED, AUTH_FORBIDDEN unless the caller may do that, to that name */
  require(scope: TokenScope, name?: PackageName): void
  /** whether the caller may read of a name; for lists, which leave out what may not be seen */
  mayRead(name: PackageName): boolean
}

/**
 * Reads who is asking. In a public registry nobody needs a token to read, and one that is sent all the same is not looked at, so that
 * an answer is the same for all and may be kept by caches.
 */
export function callerOf(
  { authorization, address }: { authorization: string | undefined; address: string },
  rules: Rules,
): Caller {
  let found: TokenSummary | undefined
  const token = (): TokenSummary => (found ??= findToken(authorization, rules.tokens))
  return {
    address,
    token,
    require: (scope, name) => {
      if (scope === 'read' && !rules.private) return
      const { scopes, packages } = token()
      const mayDo = scopes.includes(scope)
      if (mayDo && (name === undefined || packages.some((pattern) => matchesName(pattern, name)))) return
      throw forbidden(`may not ${WORDS[scope]} ${name ?? 'packages'}`)
    },
    mayRead: (name) => !rules.private || token().packages.some((pattern) => matchesName(pattern, name)),
  }
}

const WORDS: Record<TokenScope, string> = {
  read: 'read',
  publish: 'publish',
  yank: 'change the standing of versions of',
  owner: 'change the owners of',
}

/** Checks what a route declares, before anything else of the request is looked at. */
export function authorize({ access }: Route, name: PackageName | undefined, caller: Caller, rules: Rules): void {
  if (access === 'open') return
  if (access !== 'read' && rules.closedBecause !== undefined)
    throw new CpmError('REGISTRY_READONLY', `this registry takes no changes: ${rules.closedBecause}`)
  caller.require(access, name)
}

function findToken(authorization: string | undefined, tokens: Tokens): TokenSummary {
  if (authorization === undefined)
    throw new CpmError('AUTH_REQUIRED', 'this needs a token, and none was sent', { hint: 'cpm login' })
  const text = /^bearer +([0-9a-z_]+)$/i.exec(authorization)?.[1]
  const found = text === undefined ? undefined : tokens.find(text)
  if (found) return found
  // One answer for all that is wrong with a token: nothing is to be learned by trying.
  throw new CpmError('AUTH_REQUIRED', 'the token is not one of this registry, or it has expired or was revoked', {
    hint: 'cpm login',
  })
}

function forbidden(fact: string): CpmError {
  return new CpmError('AUTH_FORBIDDEN', `this token ${fact}`, { hint: 'cpm whoami' })
}
