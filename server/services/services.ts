import type { RegistryConfig } from '../../src/schema/registry-config.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Files } from './files.ts'
import type { Metrics } from './metrics.ts'
import type { Packages } from './packages.ts'
import type { Publishing } from './publishing.ts'
import type { Resolving } from './resolving.ts'

/** What routes work with. */
export interface Services {
  readonly files: Files
  readonly packages: Packages
  readonly publishing: Publishing
  readonly resolving: Resolving
  readonly metrics: Metrics
  readonly status: Status
}

/** What the server says of itself. */
export interface Status {
  readonly config: RegistryConfig
  readonly version: string
  readonly readonly: boolean
  readonly uptimeSeconds: () => number
  readonly isDraining: () => boolean
  /** since when a name, or the oldest one, may have changed unnoticed; undefined for what is up to date. Only registries with an upstream have it */
  readonly staleSince?: (name: PackageName | undefined) => Date | undefined
  /** whether the registry's folder can be read */
  readonly isStorageReadable: () => boolean
}
