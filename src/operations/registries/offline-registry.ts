import type { Evidence as ReleaseEvidence } from '../../schema/documents.ts'
import type { PackageName } from '../../schema/name.ts'
import type { RegistryId } from '../../schema/registry-config.ts'
import type { Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import type { Blobs, PackageDocument, Registry, Release } from '../../core/ports.ts'
import type { Evidence } from '../../installer/prove/evidence.ts'
import type { IndexMemory } from '../../registry/index-memory.ts'
import { RegistryReader } from '../../registry/registry-reader.ts'

interface OfflineParts {
  id: RegistryId
  /** its address, for messages */
  label: string
  memory: IndexMemory
  evidence: Evidence
}

/**
 * The cached part of a registry on another machine: the indexes that were read, and the envelopes and owners of what
 * was installed. Something that is not cached is unknown, which differs from missing.
 */
export class OfflineRegistry extends RegistryReader implements Registry {
  readonly label: string
  readonly #evidence: Evidence
  readonly #memory: IndexMemory

  constructor({ id, label, memory, evidence }: OfflineParts) {
    super({ schemaVersion: 1, id, name: '', api: null }, remembered(label, memory))
    this.label = label
    this.#evidence = evidence
    this.#memory = memory
  }

  /** Reads cached packages. Releases that were never fetched are refused, because they can't be installed offline. */
  override async read(names: readonly PackageName[]): Promise<ReadonlyMap<PackageName, PackageDocument | null>> {
    const found = await super.read(names)
    return new Map([...found].map(([name, document]) => [name, document && this.#judged(document)]))
  }

  lastSeen(name: PackageName): Date | undefined {
    return this.#memory.lastSeen(name)
  }

  override async evidence(releases: readonly Release[]): Promise<ReleaseEvidence[]> {
    return Promise.resolve(releases.map((release) => this.#kept(release)))
  }

  #judged({ name, candidates }: PackageDocument): PackageDocument {
    const refusal = 'is not on this machine, and cpm is offline'
    const isHere = (version: Version) => this.#evidence.envelope(this.id, name, version) !== undefined
    return {
      name,
      candidates: candidates.map((candidate) => (isHere(candidate.version) ? candidate : { ...candidate, refusal })),
    }
  }

  #kept({ name, version }: Release): ReleaseEvidence {
    const envelope = this.#evidence.envelope(this.id, name, version)
    const owners = this.#evidence.owners(this.id, name)
    if (!envelope || owners === undefined) throw unknown(this.label, `the envelope of ${name}@${version}`)
    return { name, version, owners, envelope: Buffer.from(envelope).toString('base64') }
  }
}

/** Reads the cached indexes and no other file. */
function remembered(label: string, memory: IndexMemory): Blobs {
  return {
    label,
    get: (key) => Promise.reject(unknown(label, key)),
    readTail: (key) => {
      const grown = memory.recall(key.slice('index/'.length) as PackageName)
      return grown ? Promise.resolve(grown) : Promise.reject(unknown(label, `the ${key.replace('/', ' of ')}`))
    },
    file: (key) => Promise.reject(unknown(label, key.split('/').at(-1) ?? key)),
  }
}

function unknown(label: string, what: string): CpmError {
  return new CpmError(
    'REGISTRY_UNREACHABLE',
    `${what} is not on this machine, and cpm is offline, so ${label} was not asked`,
    {
      hint: 'run the command without --offline',
    },
  )
}
