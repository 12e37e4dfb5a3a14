import type { Evidence as ReleaseEvidence } from '../schema/documents.ts'
import type { PackageName } from '../schema/name.ts'
import type { RegistryId } from '../schema/registry-config.ts'
import type { Version } from '../schema/version.ts'
import { CpmError } from '../core/errors.ts'
import type { LocalFile, Offer, PackageDocument, Registry, Release, ReleaseNews } from '../core/ports.ts'
import type { Evidence } from '../installer/evidence.ts'
import type { IndexMemory } from '../registry/index-memory.ts'
import { RegistryReader } from '../registry/registry-reader.ts'

interface OfflineParts {
  id: RegistryId
  /** its address, for messages */
  label: string
  memory: IndexMemory
  evidence: Evidence
}

/**
 * A registry on another machine, as far as this one remembers it: indexes it has read, envelopes and owners of what was installed. What
 * is not remembered is not known, which is another thing than not there.
 */
export class OfflineRegistry implements Registry {
  readonly id: RegistryId
  readonly label: string
  readonly #reader: RegistryReader
  readonly #evidence: Evidence

  constructor({ id, label, memory, evidence }: OfflineParts) {
    this.id = id
    this.label = label
    this.#evidence = evidence
    const unknown = (what: string) =>
      new CpmError('REGISTRY_UNREACHABLE', `${what} is not on this machine, and ${label} may not be asked`, {
        hint: 'run the command without --offline',
      })
    const blobs = {
      label,
      get: (key: string) => Promise.reject(unknown(key)),
      getGrown: (key: string) => {
        const grown = memory.recall(key.slice('index/'.length) as PackageName)
        return grown ? Promise.resolve(grown) : Promise.reject(unknown(`the ${key.replace('/', ' of ')}`))
      },
      file: (key: string) => Promise.reject(unknown(key.split('/').at(-1) ?? key)),
    }
    const kept = ({ name, version }: Release): ReleaseEvidence => {
      const envelope = evidence.envelope(id, name, version)
      const owners = evidence.owners(id, name)
      if (!envelope || owners === undefined) throw unknown(`the envelope of ${name}@${version}`)
      return { name, version, owners, envelope: Buffer.from(envelope).toString('base64') }
    }
    this.#reader = new RegistryReader({ schemaVersion: 1, id, name: '', api: null }, blobs, {
      evidence: async (releases) => Promise.resolve(releases.map(kept)),
    })
  }

  /** What is remembered of packages. Releases that never came to this machine are refused: they could not be installed. */
  async read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>> {
    const found = await this.#reader.read(names)
    return new Map([...found].map(([name, document]) => [name, document && this.#judged(document)]))
  }

  #judged({ name, candidates }: PackageDocument): PackageDocument {
    const refusal = 'is not on this machine, and no registry may be asked'
    const isHere = (version: Version) => this.#evidence.envelope(this.id, name, version) !== undefined
    return {
      name,
      candidates: candidates.map((candidate) => (isHere(candidate.version) ? candidate : { ...candidate, refusal })),
    }
  }

  registryOf(): Promise<RegistryId> {
    return this.#reader.registryOf()
  }

  offers(releases: readonly Release[]): Promise<(Offer | undefined)[]> {
    return this.#reader.offers(releases)
  }

  archive(release: Release, expected: { size: number }): Promise<LocalFile> {
    return this.#reader.archive(release, expected)
  }

  evidence(releases: readonly Release[]): Promise<ReleaseEvidence[]> {
    return this.#reader.evidence(releases)
  }

  newsOf(release: Release): ReleaseNews | undefined {
    return this.#reader.newsOf(release)
  }

  readonly owners = () => this.#refuse()
  readonly publish = () => this.#refuse()
  readonly changeStanding = () => this.#refuse()
  readonly addOwners = () => this.#refuse()
  readonly search = () => this.#refuse()
  readonly describe = () => this.#refuse()
  readonly describeVersion = () => this.#refuse()

  #refuse(): Promise<never> {
    return Promise.reject(new CpmError('USAGE', `this can’t be done without asking ${this.label}`))
  }
}
