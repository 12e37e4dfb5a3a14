import type { Session } from '../session.ts'
import { withAccount, type AccountOptions } from './account.ts'

/** Returns what the token of a registry allows. @throws CpmError AUTH_REQUIRED */
export async function whoami(session: Session, flags: AccountOptions = {}) {
  return await withAccount(session, flags, async ({ url, place, registries }) => {
    if (!url) return { place, isServer: false, registry: null, token: null }
    const opened = await registries.default()
    const answer = await opened.whoami?.()
    return { place, isServer: true, registry: opened.id, token: answer?.token ?? null }
  })
}
