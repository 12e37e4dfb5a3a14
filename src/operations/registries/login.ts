import type { TokenSummary } from '../../schema/token.ts'
import { CpmError } from '../../core/errors.ts'
import { keepToken, requireToken } from '../../registry-client/credentials.ts'
import type { Session } from '../session.ts'
import { type AccountOptions, type AccountParts, folderNotice, requireTrusted, withAccount } from './account.ts'

export interface LoginOptions extends AccountOptions {
  /** the token; a function is called once it is known that the registry uses tokens */
  token: string | ((place: string) => Promise<string>)
}

export interface LoginResult {
  readonly place: string
  readonly registry: string
  /** what the token allows, if the registry reports it */
  readonly token: TokenSummary | null
  /** the file that it was saved to */
  readonly file: string
}

/**
 * Saves a token for a registry after the registry has accepted it.
 * @throws CpmError AUTH_REQUIRED, CREDENTIALS_UNSAFE, USAGE for a folder
 */
export async function login(session: Session, { token: given, ...flags }: LoginOptions): Promise<LoginResult> {
  return await withAccount(session, flags, async (account) => {
    const { url, place, file, lockTimeout } = account
    if (!url) throw new CpmError('USAGE', folderNotice(place), { hint: 'cpm login https://host/path/' })
    requireTrusted(account)
    const token = requireToken(typeof given === 'string' ? given : await given(place), 'the input')
    const checked = await check(session, flags, token)
    await keepToken(file, url, token, { now: session.now(), lockTimeout, emit: session.emit })
    return { place, ...checked, file }
  })
}

/** Asks the registry about a token before it is saved, so that an invalid one is never written. */
async function check(
  session: Session,
  flags: AccountOptions,
  token: string,
): Promise<Pick<LoginResult, 'registry' | 'token'>> {
  const asking = { ...session, env: session.env.with('CPM_TOKEN', token) }
  return await withAccount(asking, flags, async ({ registries, place }: AccountParts) => {
    try {
      const opened = await registries.default()
      const answer = await opened.whoami?.()
      return { registry: opened.id, token: answer?.token ?? null }
    } catch (error) {
      if (!(error instanceof CpmError) || error.code !== 'AUTH_REQUIRED') throw error
      throw new CpmError(
        'AUTH_REQUIRED',
        `${place} does not accept that token: it may be incomplete, expired or revoked`,
        {
          hint: "check that the token is complete, or ask the registry's operator for another",
          details: error.details,
        },
      )
    }
  })
}
