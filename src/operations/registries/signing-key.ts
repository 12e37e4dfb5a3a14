import { CpmError } from '../../core/errors.ts'
import { withLock } from '../../core/locks.ts'
import { findKey, generateKey, keyFromEnv, listKeys, loadKey, type SigningKey } from '../../package/keys.ts'
import { isCi, type Session } from '../session.ts'

export interface KeyOptions {
  /** `--key`: an id or the beginning of one */
  id: string | undefined
  /** where this user's keys are */
  folder: string
  /** the registry is a server: what is signed for it outlives this machine */
  isRemote: boolean
}

/**
 * The key that was named: by `--key`, or by CPM_SIGNING_KEY. In a pipeline and for a server, a CPM_SIGNING_KEY that is set to nothing is a
 * secret that did not arrive: to sign with another key instead could lose the name. Elsewhere it counts as unset, like any empty variable.
 * @throws CpmError KEY_INVALID, KEY_NOT_FOUND
 */
export function namedKey({ env }: Session, { id, folder, isRemote }: KeyOptions): SigningKey | undefined {
  if (id !== undefined) return loadKey(findKey(folder, id).file)
  if (env.isSetToNothing('CPM_SIGNING_KEY') && (isRemote || isCi(env)))
    throw new CpmError('KEY_INVALID', 'CPM_SIGNING_KEY is set but empty', {
      hint: 'cpm key generate, then cpm key export --secret -o seed.txt: what the file holds is the value of CPM_SIGNING_KEY',
    })
  return keyFromEnv(env)
}

/**
 * The key that was named, or the oldest there is. One is made only at a terminal and for a registry of this machine: a key that is made on the
 * way in a pipeline dies with it, and the names that were published with it are lost.
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
  // Two that publish at once for the first time would make two keys, and one of them would own nothing.
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
  const why = inCi ? 'in a pipeline' : isRemote ? 'for a server without being asked' : 'without a terminal'
  return new CpmError('KEY_NOT_FOUND', `you have no signing key, and cpm makes none ${why}`, {
    hint: inCi
      ? 'cpm key generate on your own machine, and give the pipeline its secret as CPM_SIGNING_KEY'
      : 'cpm key generate',
  })
}
