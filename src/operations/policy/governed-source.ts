import type { ArtifactSource, KnownNames, PackageSource } from '../../core/ports.ts'
import type { Registries } from '../registries/registries.ts'
import type { PolicyGate } from './policy-gate.ts'

/** Returns registries in which every version that the rules refuse is marked. */
export function governed(registries: Registries, gate: PolicyGate): PackageSource & ArtifactSource & KnownNames {
  return {
    read: async (names) => await gate.govern(await registries.read(names)),
    nearName: (name) => registries.nearName(name),
    registryOf: (name) => registries.registryOf(name),
    offers: (releases) => registries.offers(releases),
    confirm: (releases) => registries.confirm(releases),
    archive: (release, expected) => registries.archive(release, expected),
    placeOf: (name) => registries.placeOf(name),
    newsOf: (releases) => registries.newsOf(releases),
  }
}
