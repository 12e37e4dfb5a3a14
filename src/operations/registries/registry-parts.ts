import { CpmError } from '../../core/errors.ts'
import type { Registry, RegistrySearch, RegistryWriter } from '../../core/ports.ts'

/** @throws CpmError REGISTRY_READONLY for a registry that can't be changed */
export function requireWriter({ label, writer }: Registry): RegistryWriter {
  if (writer) return writer
  throw onlyFiles(label)
}

/** @throws CpmError REGISTRY_READONLY for a registry that can't be searched */
export function requireSearch({ label, catalog }: Registry): RegistrySearch {
  if (catalog) return catalog
  throw onlyFiles(label)
}

function onlyFiles(label: string): CpmError {
  return new CpmError('REGISTRY_READONLY', `${label} consists of static files, so cpm can only install from it`, {
    hint: 'use the registry that it was copied from',
  })
}
