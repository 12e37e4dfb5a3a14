import { CpmError } from '../../core/errors.ts'
import { parseRegistryUrl } from '../../registry-client/registry-url.ts'
import type { Session } from '../session.ts'
import { type Registries, withRegistries } from './registries.ts'

/** The registry of an account. */
export interface AccountOptions {
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

export interface AccountParts {
  /** the server's address; undefined for a folder, which has no tokens */
  readonly url: URL | undefined
  /** the registry's address or folder, for messages */
  readonly place: string
  /** whether the user chose it, and not only a project's file */
  readonly trusted: boolean
  /** the file with the tokens */
  readonly file: string
  readonly lockTimeout: number
  readonly registries: Registries
}

/** Calls `work` with what commands about tokens need: the registry and the file with the tokens. */
export async function withAccount<T>(
  session: Session,
  flags: AccountOptions,
  work: (parts: AccountParts) => Promise<T>,
): Promise<T> {
  return await withRegistries(session, flags, async (registries, settings) => {
    const { place, kind, trusted } = registries.defaultAddress()
    const url = kind === 'http' ? parseRegistryUrl(place) : undefined
    const lockTimeout = session.lockTimeout(settings, flags.lockTimeout)
    const { credentials: file } = session.home(settings)
    return await work({ url, place: url?.href ?? place, trusted, file, lockTimeout, registries })
  })
}

/** @throws CpmError CREDENTIALS_UNSAFE if only a project's file names the registry that would get the token */
export function requireTrusted({ trusted, place }: AccountParts): void {
  if (trusted) return
  throw new CpmError('CREDENTIALS_UNSAFE', `the registry ${place} is set only in the project's settings`, {
    hint: `if you trust it: cpm login ${place}`,
  })
}

/** Explains why a registry in a folder has no login. */
export function folderNotice(place: string): string {
  return `${place} is a folder and needs no login: file permissions control access`
}
