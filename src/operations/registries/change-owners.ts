import type { KeyId } from '../../schema/digest.ts'
import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import type { Registry } from '../../core/ports.ts'
import { isAdmissibleKey } from '../../package/ed25519.ts'
import { listKeys, loadKey, type SigningKey } from '../../package/keys.ts'
import { nextOwnersRecord, ownersPayload, readOwnersChain, writeOwnersLine } from '../../package/owners.ts'
import * as tasks from '../../package/tasks.ts'
import type { Session } from '../session.ts'
import { withRegistries } from './registries.ts'
import { requireWriter } from './registry-parts.ts'
import { type KeyOptions, namedKey } from './signing-key.ts'

export interface ChangeOwnersOptions {
  name: PackageName
  /** public keys */
  keys: readonly KeyId[]
  /** the id of the signing key, or the beginning of it */
  key?: string | undefined
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

type Change = (owners: readonly KeyId[]) => readonly KeyId[]

const MOST_ATTEMPTS = 5

/**
 * Allows more keys to publish under a name.
 * @throws CpmError PACKAGE_NOT_FOUND, KEY_NOT_FOUND, KEY_INVALID, AUTH_REQUIRED
 */
export async function addOwners(session: Session, { keys, ...options }: ChangeOwnersOptions) {
  return await changeOwners(session, (owners) => [...owners, ...keys], options)
}

/**
 * Removes keys from the owners of a name. Releases that they signed stay valid.
 * @throws CpmError USAGE if no owner would be left; otherwise the errors of `addOwners`
 */
export async function removeOwners(session: Session, { keys, ...options }: ChangeOwnersOptions) {
  return await changeOwners(session, (owners) => owners.filter((owner) => !keys.includes(owner)), options)
}

/**
 * Changes the owners of a name by adding a record, signed by one of the owners, to the chain in the registry.
 * @param change returns the new owners for the current ones
 */
async function changeOwners(
  session: Session,
  change: Change,
  { name, key, ...flags }: Omit<ChangeOwnersOptions, 'keys'>,
) {
  return await withRegistries(session, flags, async (registries, settings) => {
    const registry = await registries.of(name)
    const keys = {
      id: key,
      folder: session.home(settings).keys,
      isRemote: registries.addressOfAll([name]).kind === 'http',
    }
    let text = await readOwners(registry, name)
    for (let attempt = 1; ; attempt++) {
      try {
        const changed = await addRecord(session, registry, { name, text, change, keys })
        return { registry: registry.id, place: registry.label, name, ...changed }
      } catch (error) {
        if (!(error instanceof CpmError) || error.code !== 'OWNER_MISMATCH' || attempt === MOST_ATTEMPTS) throw error
        // Another process changed the owners first, or a crash was repaired in the meantime: apply the change again.
        const now = await readOwners(registry, name)
        if (now === text) throw error
        text = now
      }
    }
  })
}

interface RecordToAdd {
  name: PackageName
  /** the chain so far */
  text: string
  change: Change
  keys: KeyOptions
}

async function addRecord(session: Session, registry: Registry, { name, text, change, keys }: RecordToAdd) {
  const before = readOwnersChain(name, text).at(-1)?.keys ?? []
  const owners = [...new Set(change(before))]
  const stranger = owners.find((key) => !isAdmissibleKey(key))
  if (stranger !== undefined) throw new CpmError('KEY_INVALID', `${stranger} is not a usable Ed25519 public key`)
  if (owners.length === 0)
    throw new CpmError('USAGE', `${name} would have no owner left`, { hint: `cpm owner add ${name} <key>` })
  if (owners.length === before.length && owners.every((key) => before.includes(key))) {
    // A killed command may have made the change and left its process lock.
    await registry.writer?.recover?.()
    return { owners, changed: false }
  }
  const key = owningKey(session, name, before, keys)
  const record = nextOwnersRecord(name, text, owners)
  const [signature] = await session.pool.run(tasks.sign, { messages: [ownersPayload(record)], seed: key.seed })
  if (!signature) throw new Error('the signing task returned no signature')
  await requireWriter(registry).addOwners(name, writeOwnersLine(record, key.id, signature))
  return { owners, changed: true }
}

/** @throws CpmError PACKAGE_NOT_FOUND */
async function readOwners(registry: Registry, name: PackageName): Promise<string> {
  const text = await registry.owners(name)
  if (text !== undefined) return text
  throw new CpmError('PACKAGE_NOT_FOUND', `${name} is not in the registry ${registry.label}`, {
    hint: 'cpm search',
    details: { name },
  })
}

/** Returns a key of this user that owns the name. @throws CpmError KEY_NOT_FOUND */
function owningKey(session: Session, name: PackageName, owners: readonly KeyId[], options: KeyOptions): SigningKey {
  const given = namedKey(session, options)
  const mine = given ? undefined : listKeys(options.folder).find(({ id }) => owners.includes(id))
  const key = given ?? (mine && loadKey(mine.file))
  if (key && owners.includes(key.id)) return key
  throw new CpmError('KEY_NOT_FOUND', `none of your keys owns ${name}; its owners are ${owners.join(', ')}`, {
    hint: 'cpm key list',
    details: { owners },
  })
}
