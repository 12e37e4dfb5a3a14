import type { PackageName } from '../../src/schema/name.ts'
import type { Route } from '../../src/schema/route.ts'
import { matchesName, type TokenScope, type TokenSummary } from '../../src/schema/token.ts'
import { CpmError } from '../../src/core/errors.ts'
import type { Tokens } from '../services/tokens.ts'

interface Rules {
  tokens: Tokens
  /** whether reading needs a token */
  private: boolean
  /** why the registry accepts no changes; undefined if it does */
  closedBecause: string | undefined
}

/** The sender of a request, and what they may do. */
export interface Caller {
  /** the key that its address is counted under (client-address.ts) */
  readonly address: string
  /** Returns the token that was sent, if it is valid. It is looked up on first use. @throws CpmError AUTH_REQUIRED */
  token(): TokenSummary
  /** @throws CpmError AUTH_REQUIRED, AUTH_FORBIDDEN unless the caller may do this to packages of that name */
  require(scope: TokenScope, name?: PackageName): void
  /** Returns whether the caller may read a package. Lists leave out the packages that the caller may not read. */
  mayRead(name: PackageName): boolean
}

/**
 * Identifies the caller. A public registry ignores tokens on reads: the response is the same for everyone, so caches
 * may keep it.
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
  yank: 'change the status of versions of',
  owner: 'change the owners of',
}

/** Checks the access that a route declares, before anything else about the request. */
export function authorize({ access }: Route, name: PackageName | undefined, caller: Caller, rules: Rules): void {
  if (access === 'open') return
  if (access !== 'read' && rules.closedBecause !== undefined)
    throw new CpmError('REGISTRY_READONLY', `this registry accepts no changes: ${rules.closedBecause}`)
  caller.require(access, name)
}

function findToken(authorization: string | undefined, tokens: Tokens): TokenSummary {
  if (authorization === undefined)
    throw new CpmError('AUTH_REQUIRED', 'this request needs a token', { hint: 'cpm login' })
  const text = /^bearer +([0-9a-z_]+)$/i.exec(authorization)?.[1]
  const found = text === undefined ? undefined : tokens.find(text)
  if (found) return found
  // The message is the same for every bad token, so that guessing reveals nothing.
  throw new CpmError('AUTH_REQUIRED', 'the token is unknown to this registry, expired or revoked', {
    hint: 'cpm login',
  })
}

function forbidden(fact: string): CpmError {
  return new CpmError('AUTH_FORBIDDEN', `this token ${fact}`, { hint: 'cpm whoami' })
}
