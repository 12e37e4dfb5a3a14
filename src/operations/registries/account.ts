import { CpmError } from '../../core/errors.ts'
import { parseRegistryUrl } from '../../registry-client/registry-url.ts'
import type { Session } from '../session.ts'
import { type Registries, withRegistries } from './registries.ts'

/** Which registry an account is with. */
export interface AccountOptions {
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm */
  lockTimeout?: number | undefined
}

export interface AccountParts {
  /** the server's address; undefined where the registry is a folder, which knows no tokens */
  readonly url: URL | undefined
  /** what people know the registry by */
  readonly place: string
  /** the user said where it is, not only a project's file */
  readonly trusted: boolean
  /** the file that keeps tokens */
  readonly file: string
  readonly lockTimeout: number
  readonly registries: Registries
}

/** Lends what commands about tokens work with: the registry they mean, and where tokens are kept. */
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

/** @throws CpmError CREDENTIALS_UNSAFE where only a project's file says where the token would go */
export function requireTrusted({ trusted, place }: AccountParts): void {
  if (trusted) return
  throw new CpmError('CREDENTIALS_UNSAFE', `only the project's settings say that the registry is ${place}`, {
    hint: `if you trust it, name it by its address: cpm login ${place}`,
  })
}

/** Why nobody logs in to a registry that is a folder. */
export function folderNotice(place: string): string {
  return `${place} is a folder: there is nothing to log in to, the file system says who may read and write`
}
