import type { Emit } from '../../src/schema/events.ts'
import type { Services } from '../services/services.ts'
import type { Tokens } from '../services/tokens.ts'

/** What the HTTP side works with. */
export interface AppParts {
  services: Services
  tokens: Tokens
  /** the registry's folder, which no answer may name */
  root: string
  private: boolean
  closedBecause: string | undefined
  /** origins of pages that may call this registry */
  cors: readonly string[]
  /** milliseconds in which a client must take something of its answer; server/http/limits.ts says it where nothing else is said */
  readerTimeout?: number
  emit: Emit
}
