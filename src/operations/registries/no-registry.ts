import type { RegistryId } from '../../schema/registry-config.ts'
import { CpmError } from '../../core/errors.ts'
import type { Registry } from '../../core/ports.ts'

/** No registry is given this one. */
const NOBODY = '0'.repeat(32) as RegistryId

/**
 * What stands for the registry of this machine before anything was published to it: the one of no lock, which can’t be asked. To read makes
 * none.
 */
export class NoRegistry implements Registry {
  readonly id = NOBODY
  readonly label: string

  /** @param folder where it would be */
  constructor(folder: string) {
    this.label = folder
  }

  readonly registryOf = () => Promise.resolve(this.id)
  readonly newsOf = () => undefined
  readonly read = () => this.#refuse()
  readonly offers = (releases: readonly unknown[]) => (releases.length === 0 ? Promise.resolve([]) : this.#refuse())
  readonly archive = () => this.#refuse()
  readonly evidence = () => this.#refuse()
  readonly owners = () => this.#refuse()
  readonly publish = () => this.#refuse()
  readonly changeStanding = () => this.#refuse()
  readonly addOwners = () => this.#refuse()
  readonly search = () => this.#refuse()
  readonly describe = () => this.#refuse()
  readonly describeVersion = () => this.#refuse()

  #refuse(): Promise<never> {
    const error = new CpmError('REGISTRY_INVALID', `no registry is named, and there is none in ${this.label}`, {
      hint: 'name one with --registry or CPM_REGISTRY; cpm publish makes the one of this machine',
    })
    return Promise.reject(error)
  }
}
