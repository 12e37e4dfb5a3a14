import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Files } from './files.ts'
import type { Metrics } from './metrics.ts'
import type { Packages } from './packages.ts'
import type { Publishing } from './publishing.ts'
import type { Resolving } from './resolving.ts'

/** The services that routes call. */
export interface Services {
  readonly files: Files
  readonly packages: Packages
  readonly publishing: Publishing
  readonly resolving: Resolving
  readonly metrics: Metrics
  readonly status: Status
}

/** The state of the server. */
export interface Status {
  readonly config: RegistryConfig
  readonly version: string
  readonly readonly: boolean
  readonly uptimeSeconds: () => number
  readonly isDraining: () => boolean
  /**
   * Returns since when a name, or the stalest one, is out of date; undefined if it is up to date. Only present with an
   * upstream.
   */
  readonly staleSince?: (name: PackageName | undefined) => Date | undefined
  /** Returns whether the registry's folder can be read. */
  readonly isStorageReadable: () => boolean
}
