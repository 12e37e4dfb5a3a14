import path from 'node:path'
import { z } from 'zod'
import { RegistryId } from '../../schema/registry-config.ts'
import { readTextIfThere, writeFileAtomic } from '../../core/atomic-file.ts'
import { ifWritable } from '../../core/errors.ts'
import { readableJson } from '../../core/canonical-json.ts'
import type { StagingArea } from '../../core/staging.ts'

const Addresses = z.record(z.string(), RegistryId)

/** Remembers which registry was found at an address, for offline commands. */
export class KnownAddresses {
  readonly #file: string

  /** @param cache `$CPM_HOME/cache` */
  constructor(cache: string) {
    this.#file = path.join(cache, 'addresses.json')
  }

  recall(address: string): RegistryId | undefined {
    const known = this.#read()
    return Object.hasOwn(known, address) ? known[address] : undefined
  }

  /** @param staging on the same file system */
  note(address: string, id: RegistryId, staging: StagingArea): void {
    const known = this.#read()
    if (known[address] === id) return
    ifWritable(() => {
      const contents = readableJson({ ...known, [address]: id })
      writeFileAtomic(this.#file, contents, { durable: false, temporary: staging.temporary() })
    })
  }

  #read(): Record<string, RegistryId> {
    try {
      return Addresses.parse(JSON.parse(readTextIfThere(this.#file) ?? '{}'))
    } catch {
      return {}
    }
  }
}
