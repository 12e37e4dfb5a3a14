import type { Release } from '../core/ports.ts'
import { misbehaved } from './network-error.ts'

/** @throws CpmError REGISTRY_MISBEHAVED unless the answer is about the requested releases, in their order */
export function requireSame(base: URL, requested: readonly Release[], answered: readonly Release[]): void {
  const isSame =
    requested.length === answered.length &&
    requested.every(({ name, version }, index) => answered[index]?.name === name && answered[index].version === version)
  if (!isSame) throw misbehaved(base, 'answered for other packages than it was asked about')
}
