import { forgetToken } from '../../registry-client/credentials.ts'
import type { Session } from '../session.ts'
import { withAccount, type AccountOptions } from './account.ts'

/** Removes the saved token of a registry. */
export async function logout(session: Session, flags: AccountOptions = {}) {
  return await withAccount(session, flags, async ({ url, place, file, lockTimeout }) => {
    if (!url) return { place, isServer: false, removed: false }
    return { place, isServer: true, removed: await forgetToken(file, url, { lockTimeout, emit: session.emit }) }
  })
}
