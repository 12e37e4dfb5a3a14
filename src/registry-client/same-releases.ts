import type { Release } from '../core/ports.ts'
import { misbehaved } from './network-error.ts'

/** @throws CpmError REGISTRY_MISBEHAVED unless the response is for the requested releases, in order */
export function requireSame(base: URL, requested: readonly Release[], answered: readonly Release[]): void {
  const isSame =
    requested.length === answered.length &&
    requested.every(({ name, version }, index) => answered[index]?.name === name && answered[index].version === version)
  if (!isSame) throw misbehaved(base, 'sent a response for other packages than requested')
}
