import path from 'node:path'
import type { KeyId } from '../../schema/digest.ts'
import type { NamePattern } from '../../schema/token.ts'
import { CpmError } from '../../core/errors.ts'
import { distrustKey as writeDistrust, trustKey as writeTrust, undoDistrust } from '../../installer/trust-file.ts'
import * as keys from '../../package/keys.ts'
import type { Session } from '../session.ts'

/** Generates a signing key. */
export async function generateKey(session: Session) {
  return keys.generateKey(await folderOfKeys(session), session.now())
}

/** Lists the user's signing keys, oldest first. The first one signs by default. */
export async function listKeys(session: Session) {
  return { keys: keys.listKeys(await folderOfKeys(session)) }
}

export interface ExportKeyOptions {
  /** the id of the key, or the beginning of it; by default the oldest key */
  id?: string | undefined
  /** write the secret seed to `output` */
  secret?: boolean
  /** the file for the secret */
  output?: string | undefined
}

/** Returns a public key, or writes a secret one to a file. @throws CpmError KEY_NOT_FOUND, FILE_EXISTS */
export async function exportKey(session: Session, { id, secret = false, output }: ExportKeyOptions = {}) {
  const folder = await folderOfKeys(session)
  const key = id === undefined ? keys.listKeys(folder)[0] : keys.findKey(folder, id)
  if (!key) throw new CpmError('KEY_NOT_FOUND', 'you have no signing key', { hint: 'cpm key generate' })
  if (secret !== (output !== undefined)) {
    throw new CpmError('USAGE', '--secret and -o must be used together', {
      hint: 'cpm key export --secret -o seed.txt',
    })
  }
  if (output === undefined) return { id: key.id, algorithm: 'ed25519', file: null }
  const file = path.resolve(session.cwd, output)
  keys.exportSeed(keys.loadKey(key.file), file)
  return { id: key.id, algorithm: 'ed25519', file }
}

export interface TrustKeyOptions {
  /** the public key, as its holder gave it to you */
  key: KeyId
  /** a package, or a pattern such as `@acme/*` */
  for: NamePattern
}

/**
 * Accepts a key as an owner of packages, even if no previous owner added it.
 * @throws CpmError POLICY_REFUSED for a distrusted key
 */
export async function trustKey(session: Session, { key, for: packages }: TrustKeyOptions) {
  const { trust } = session.home(await session.config())
  writeTrust(trust, key, packages, session.now())
  return { key, packages, file: trust }
}

export interface DistrustKeyOptions {
  key: KeyId
  /** accept its signatures again */
  undo?: boolean
}

/** Rejects everything that a key signed, including installed packages. */
export async function distrustKey(session: Session, { key, undo = false }: DistrustKeyOptions) {
  const home = session.home(await session.config())
  if (undo) undoDistrust(home.trust, key)
  else writeDistrust(home.trust, key, session.now())
  if (!undo && keys.hasKey(home.keys, key))
    session.emit({
      type: 'warning',
      code: 'OWN_KEY_DISTRUSTED',
      message: `${key} is one of your own signing keys: cpm publish no longer signs with it`,
      hint: `if this was a mistake: cpm key distrust ${key} --undo`,
    })
  return { key, distrusted: !undo, file: home.trust }
}

async function folderOfKeys(session: Session): Promise<string> {
  return session.home(await session.config()).keys
}
