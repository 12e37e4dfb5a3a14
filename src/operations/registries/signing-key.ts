import { CpmError } from '../../core/errors.ts'
import { withLock } from '../../core/locks.ts'
import { findKey, generateKey, keyFromEnv, listKeys, loadKey, type SigningKey } from '../../package/keys.ts'
import { isCi, type Session } from '../session.ts'

export interface KeyOptions {
  /** `--key`: an id or the beginning of one */
  id: string | undefined
  /** the folder of the user's keys */
  folder: string
  /** whether the registry is a server, where releases outlive this machine */
  isRemote: boolean
}

/**
 * Returns the key that `--key` or CPM_SIGNING_KEY names. In CI or for a server, an empty CPM_SIGNING_KEY is a secret
 * that was not passed on, and signing with another key could lose the name. Elsewhere it counts as unset.
 * @throws CpmError KEY_INVALID, KEY_NOT_FOUND
 */
export function namedKey({ env }: Session, { id, folder, isRemote }: KeyOptions): SigningKey | undefined {
  if (id !== undefined) return loadKey(findKey(folder, id).file)
  if (env.isSetToNothing('CPM_SIGNING_KEY') && (isRemote || isCi(env)))
    throw new CpmError('KEY_INVALID', 'CPM_SIGNING_KEY is set but empty', {
      hint: 'set it to the contents of the file that cpm key export --secret -o seed.txt writes',
    })
  return keyFromEnv(env)
}

/**
 * Returns the named key, or the oldest one. Creates one only at a terminal and for a registry on this machine: a key
 * created in CI would be gone afterwards, and nobody could publish under its names again.
 * @throws CpmError KEY_INVALID, KEY_NOT_FOUND
 */
export async function signingKey(
  session: Session,
  { lockTimeout, ...options }: KeyOptions & { lockTimeout: number },
): Promise<SigningKey> {
  const { folder, isRemote } = options
  const given = namedKey(session, options)
  if (given) return given
  const [oldest] = listKeys(folder)
  if (oldest) return loadKey(oldest.file)
  if (isRemote || !session.prompts) throw noKey(session, isRemote)
  // Without the lock, two first publications at once would create two keys.
  const lock = { subject: 'your signing keys', timeout: lockTimeout, emit: session.emit }
  return await withLock(folder, lock, async () => {
    const [faster] = listKeys(folder)
    if (faster) return loadKey(faster.file)
    const made = generateKey(folder, session.now())
    session.emit({ type: 'key-created', keyId: made.id, file: made.file })
    return Promise.resolve(loadKey(made.file))
  })
}

function noKey({ env }: Session, isRemote: boolean): CpmError {
  const inCi = isCi(env)
  const why = inCi ? 'in CI' : isRemote ? 'automatically for a server' : 'without a terminal'
  return new CpmError('KEY_NOT_FOUND', `you have no signing key, and cpm does not create one ${why}`, {
    hint: inCi ? 'run cpm key generate on your own machine and set its secret as CPM_SIGNING_KEY' : 'cpm key generate',
  })
}
