import path from 'node:path'
import { z } from 'zod'
import type { Lock } from '../../schema/lock.ts'
import { PackageName } from '../../schema/name.ts'
import { RegistryId } from '../../schema/registry-config.ts'
import { Version } from '../../schema/version.ts'
import { readTextIfThere } from '../../core/atomic-file.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { releasesOf } from '../lock-entries.ts'
import type { Project } from '../project.ts'
import type { KeptProofs } from './evidence.ts'

/**
 * The proofs of copied packages, stored next to them: a project in copy mode may move to a machine without the cache or
 * a registry. Each release has one line, so damage to one does not affect the others. Like the cache, this file is not
 * trusted: signatures are checked at each use.
 */
const CarriedProof = z.strictObject({
  envelope: z.base64(),
  name: PackageName,
  owners: z.string(),
  registry: RegistryId,
  version: Version,
})
type CarriedProof = z.infer<typeof CarriedProof>

export function proofsFile({ own }: Pick<Project, 'own'>): string {
  return path.join(own, 'proofs.ndjson')
}

/** The proofs that came with a project, or with the root and members of a workspace, read on first use. */
export class CarriedProofs implements KeptProofs {
  readonly #files: readonly string[]
  #read: { proofs: ReadonlyMap<string, CarriedProof>; isDamaged: boolean } | undefined

  constructor(projects: readonly Pick<Project, 'own'>[]) {
    this.#files = projects.map(proofsFile)
  }

  envelope(registry: RegistryId, name: PackageName, version: Version): Uint8Array | undefined {
    const proof = this.#of(registry, name)
    return proof?.version === version ? Buffer.from(proof.envelope, 'base64') : undefined
  }

  owners(registry: RegistryId, name: PackageName): string | undefined {
    return this.#of(registry, name)?.owners
  }

  placeOf(): string {
    return this.#files.join(', ')
  }

  /** Whether a line can't be read, so that its release is unknown. */
  get isDamaged(): boolean {
    return this.#contents().isDamaged
  }

  #of(registry: RegistryId, name: PackageName): CarriedProof | undefined {
    return this.#contents().proofs.get(`${registry} ${name}`)
  }

  #contents() {
    return (this.#read ??= joined(this.#files.map(readProofs)))
  }
}

function readProofs(file: string): { proofs: ReadonlyMap<string, CarriedProof>; isDamaged: boolean } {
  const lines = (readTextIfThere(file) ?? '').split('\n').filter(Boolean)
  const proofs = lines.flatMap((line) => parseLine(line) ?? [])
  return {
    proofs: new Map(proofs.map((proof) => [`${proof.registry} ${proof.name}`, proof])),
    isDamaged: proofs.length < lines.length,
  }
}

function joined(read: readonly ReturnType<typeof readProofs>[]) {
  return {
    proofs: new Map(read.flatMap(({ proofs }) => [...proofs])),
    isDamaged: read.some(({ isDamaged }) => isDamaged),
  }
}

function parseLine(line: string): CarriedProof | undefined {
  try {
    return CarriedProof.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}

/** Returns the proofs of a lock's releases, as far as the sources have them. */
export function writeProofs(lock: Lock, sources: readonly KeptProofs[]): string {
  const lines = releasesOf(lock).flatMap(([name, { registry, version }]) => {
    for (const source of sources) {
      const envelope = source.envelope(registry, name, version)
      const owners = source.owners(registry, name)
      if (!envelope || owners === undefined) continue
      const proof = { registry, name, version, envelope: Buffer.from(envelope).toString('base64'), owners }
      return [`${canonicalJson(proof)}\n`]
    }
    return []
  })
  return lines.join('')
}
