import path from 'node:path'
import { z } from 'zod'
import type { Lock } from '../../schema/lock.ts'
import { PackageName } from '../../schema/name.ts'
import { RegistryId } from '../../schema/registry-config.ts'
import { Version } from '../../schema/version.ts'
import { readTextIfThere } from '../../core/atomic-file.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { releasesOf } from '../lockfile.ts'
import type { Project } from '../project.ts'
import type { KeptProofs } from './evidence.ts'

/**
 * What proves the packages of a copy, beside it: a project in copy mode may be moved to a machine that has neither the cache nor a
 * registry. A line for each release, so that damage to one of them does not touch the others. As with the cache, nothing here is
 * believed for being here.
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

/** The proofs that came with a project. They are read when the first of them is asked for. */
export class CarriedProofs implements KeptProofs {
  readonly #file: string
  #read: { proofs: ReadonlyMap<string, CarriedProof>; isDamaged: boolean } | undefined

  constructor(project: Pick<Project, 'own'>) {
    this.#file = proofsFile(project)
  }

  envelope(registry: RegistryId, name: PackageName, version: Version): Uint8Array | undefined {
    const proof = this.#of(registry, name)
    return proof?.version === version ? Buffer.from(proof.envelope, 'base64') : undefined
  }

  owners(registry: RegistryId, name: PackageName): string | undefined {
    return this.#of(registry, name)?.owners
  }

  placeOf(): string {
    return this.#file
  }

  /** Whether a part of it can't be read, so that nobody knows which release it was about. */
  get isDamaged(): boolean {
    return this.#contents().isDamaged
  }

  #of(registry: RegistryId, name: PackageName): CarriedProof | undefined {
    return this.#contents().proofs.get(`${registry} ${name}`)
  }

  #contents() {
    return (this.#read ??= readProofs(this.#file))
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

function parseLine(line: string): CarriedProof | undefined {
  try {
    return CarriedProof.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}

/** The proofs of all releases of a lock, as far as somebody has them. */
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
