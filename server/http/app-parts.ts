import type { Emit } from '../../src/schema/events.ts'
import type { Services } from '../services/services.ts'
import type { Tokens } from '../services/tokens.ts'

/** What the HTTP layer works with. */
export interface AppParts {
  services: Services
  tokens: Tokens
  /** the registry's folder; no response may reveal it */
  root: string
  private: boolean
  closedBecause: string | undefined
  /** web origins that may call this registry */
  cors: readonly string[]
  /** milliseconds within which a client must read some of its response; the default is in server/http/limits.ts */
  readerTimeout?: number
  emit: Emit
}
