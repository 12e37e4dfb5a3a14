import type { Home } from '../core/home.ts'
import { findKey, generateKey, keyFromEnv, listKeys, loadKey, type SigningKey } from '../package/keys.ts'
import type { Context } from './context.ts'

/** The key of `--key`, of CPM_SIGNING_KEY, or the oldest there is; one is made when there is none. */
export function signingKey(context: Context, home: Home, id: string | undefined): SigningKey {
  if (id !== undefined) return loadKey(findKey(home.keys, id).file)
  const given = keyFromEnv(context.env)
  if (given) return given
  const [oldest] = listKeys(home.keys)
  if (oldest) return loadKey(oldest.file)
  const made = generateKey(home.keys, context.now())
  context.emit({ type: 'key-created', keyId: made.id, file: made.file })
  return loadKey(made.file)
}
