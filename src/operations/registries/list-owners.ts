import { type PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { readOwnersChain } from '../../package/owners.ts'
import type { Session } from '../session.ts'
import { withRegistries } from './registries.ts'

export interface ListOwnersOptions {
  name: PackageName
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

/**
 * Lists the owners of a name and how they changed. Every link of the chain is checked.
 * @throws CpmError PACKAGE_NOT_FOUND
 */
export async function listOwners(session: Session, { name, ...flags }: ListOwnersOptions) {
  return await withRegistries(session, flags, async (registries) => {
    const registry = await registries.of(name)
    const text = await registry.owners(name)
    if (text === undefined)
      throw new CpmError('PACKAGE_NOT_FOUND', `${name} is not in the registry ${registry.label}`, {
        hint: 'cpm search',
        details: { name },
      })
    const chain = readOwnersChain(name, text)
    const records = chain.map(({ number, keys, signedBy }) => ({ number, keys, signedBy }))
    return { registry: registry.id, place: registry.label, name, owners: chain.at(-1)?.keys ?? [], records }
  })
}
