import type { NetworkSettings } from '../schema/config.ts'
import type { Emit } from '../schema/events.ts'
import type { RegistryConfig } from '../schema/registry-config.ts'
import type { Registry } from '../core/ports.ts'
import type { StagingArea } from '../core/staging.ts'
import type { IndexMemory } from '../registry/index-memory.ts'

export interface HttpRegistryParts {
  network: NetworkSettings
  /** the file that keeps tokens */
  credentials: string
  env: NodeJS.ProcessEnv
  /** named by the user, not by a project’s file alone: only then CPM_TOKEN is sent */
  trusted: boolean
  /** the user lets a token travel over plain http to a host that is not this machine */
  insecure: boolean
  memoryFor: (config: RegistryConfig) => IndexMemory
  /** where downloads and uploads are prepared */
  staging: StagingArea
  cpmVersion: string
  emit: Emit
  signal: AbortSignal
}

/** Opens the registry at an http(s) URL. */
export async function openHttpRegistry(_url: string, _parts: HttpRegistryParts): Promise<Registry> {
  return Promise.reject(new Error('not built yet'))
}
