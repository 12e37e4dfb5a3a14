import { CpmError } from '../../core/errors.ts'
import type { Registry, RegistrySearch, RegistryWriter } from '../../core/ports.ts'

/** @throws CpmError REGISTRY_READONLY for a registry that nothing can change */
export function requireWriter({ label, writer }: Registry): RegistryWriter {
  if (writer) return writer
  throw onlyFiles(label)
}

/** @throws CpmError REGISTRY_READONLY for a registry that can't answer questions about its packages */
export function requireSearch({ label, catalog }: Registry): RegistrySearch {
  if (catalog) return catalog
  throw onlyFiles(label)
}

function onlyFiles(label: string): CpmError {
  return new CpmError('REGISTRY_READONLY', `${label} is made of files alone: it can be read, and nothing else`, {
    hint: 'ask the registry that it was copied from',
  })
}
