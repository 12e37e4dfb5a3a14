import { withLock } from '../../core/locks.ts'
import { findKey, generateKey, keyFromEnv, listKeys, loadKey, type SigningKey } from '../../package/keys.ts'
import type { Session } from '../session.ts'

interface KeyOptions {
  /** `--key`: an id or the beginning of one */
  id: string | undefined
  /** where this user’s keys are */
  folder: string
  lockTimeout: number
}

/** The key of `--key`, of CPM_SIGNING_KEY, or the oldest there is; one is made when there is none. */
export async function signingKey(context: Session, { id, folder, lockTimeout }: KeyOptions): Promise<SigningKey> {
  if (id !== undefined) return loadKey(findKey(folder, id).file)
  const given = keyFromEnv(context.env)
  if (given) return given
  const [oldest] = listKeys(folder)
  if (oldest) return loadKey(oldest.file)
  // Two that publish at once for the first time would make two keys, and one of them would own nothing.
  const options = { subject: 'your signing keys', timeout: lockTimeout, emit: context.emit }
  return await withLock(folder, options, async () => {
    const [faster] = listKeys(folder)
    if (faster) return loadKey(faster.file)
    const made = generateKey(folder, context.now())
    context.emit({ type: 'key-created', keyId: made.id, file: made.file })
    return Promise.resolve(loadKey(made.file))
  })
}
