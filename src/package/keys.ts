import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { KeyFile } from '../schema/key.ts'
import { type KeyId } from '../schema/digest.ts'
import { isThere, namesIn, readTextIfThere, writeFileAtomic, makeFolders } from '../core/atomic-file.ts'
import { parseJson, readableJson } from '../core/canonical-json.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'
import { StagingArea } from '../core/staging.ts'
import { publicKeyOf } from './ed25519.ts'
import { shellPath } from '../core/shell-word.ts'

/** A key that can sign. The seed is shared only with signing workers and is never printed. */
export interface SigningKey {
  readonly id: KeyId
  readonly seed: Uint8Array
}

export interface KeySummary {
  readonly id: KeyId
  readonly createdAt: string
  readonly file: string
}

/** Makes a key and saves it in `folder`, mode 0600. */
export function generateKey(folder: string, now: Date): KeySummary {
  const seed = randomBytes(32)
  const id = publicKeyOf(seed)
  const createdAt = now.toISOString()
  const file = path.join(folder, `${id}.json`)
  makeFolders(folder, 0o700)
  const key: KeyFile = { schemaVersion: 1, algorithm: 'ed25519', id, seed: seed.toString('hex'), createdAt }
  const staging = new StagingArea(path.join(folder, 'tmp'))
  writeFileAtomic(file, readableJson(key), { mode: 0o600, temporary: staging.temporary() })
  staging.sweep()
  return { id, createdAt, file }
}

/** Lists the keys in `folder`, oldest first. */
export function listKeys(folder: string): KeySummary[] {
  return namesIn(folder)
    .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
    .map((name) => path.join(folder, name))
    .map((file) => ({ ...readKeyFile(file), file }))
    .map(({ id, createdAt, file }) => ({ id, createdAt, file }))
    .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : 1))
}

/** Returns whether the folder has a key, without reading it. */
export function hasKey(folder: string, id: KeyId): boolean {
  return isThere(path.join(folder, `${id}.json`))
}

/** Finds a key by its id or a prefix. @throws CpmError KEY_NOT_FOUND, USAGE if several match */
export function findKey(folder: string, idOrPrefix: string): KeySummary {
  const matches = listKeys(folder).filter(({ id }) => id.startsWith(idOrPrefix))
  if (matches.length > 1)
    throw new CpmError('USAGE', `${matches.length} keys begin with ${idOrPrefix}: use more digits`)
  const [match] = matches
  if (!match || idOrPrefix === '')
    throw new CpmError('KEY_NOT_FOUND', `no key begins with ${idOrPrefix}`, { hint: 'cpm key list' })
  return match
}

/** @throws CpmError KEY_INVALID */
export function loadKey(file: string): SigningKey {
  const { id, seed } = readKeyFile(file)
  return { id, seed: Buffer.from(seed, 'hex') }
}

/** Reads the key in `CPM_SIGNING_KEY`, for CI: a 32-byte seed in hex. Messages never include its value. */
export function keyFromEnv(env: EnvironmentVariables): SigningKey | undefined {
  const text = env.get('CPM_SIGNING_KEY')
  if (text === undefined) return undefined
  if (!/^[0-9a-fA-F]{64}$/.test(text)) {
    throw new CpmError('KEY_INVALID', 'CPM_SIGNING_KEY is not a 32-byte seed written as 64 hex digits', {
      hint: 'unset it, or set it to the contents of the file that cpm key export --secret -o seed.txt writes',
    })
  }
  const seed = Buffer.from(text, 'hex')
  return { id: publicKeyOf(seed), seed }
}

function readKeyFile(file: string): KeyFile {
  const text = readTextIfThere(file)
  if (text === undefined) throw new CpmError('KEY_NOT_FOUND', `there is no key file ${file}`, { hint: 'cpm key list' })
  if (process.platform !== 'win32' && (fs.statSync(file).mode & 0o077) !== 0) {
    throw new CpmError('KEY_INVALID', `the key file ${file} can be read by other users`, {
      hint: `chmod 600 ${shellPath(file)}`,
    })
  }
  const result = KeyFile.safeParse(parseJson(text, 'KEY_INVALID', `the key file ${file}`))
  if (!result.success || publicKeyOf(Buffer.from(result.data.seed, 'hex')) !== result.data.id) {
    throw new CpmError('KEY_INVALID', `the key file ${file} does not contain the key in its name`)
  }
  return result.data
}

/** Writes a key's seed to a new file for another machine, mode 0600. No other secret can be exported. */
export function exportSeed(key: SigningKey, file: string): void {
  if (isThere(file))
    throw new CpmError('FILE_EXISTS', `${file} already exists`, { hint: 'choose another file with -o' })
  writeFileAtomic(file, `${Buffer.from(key.seed).toString('hex')}\n`, { mode: 0o600 })
}
