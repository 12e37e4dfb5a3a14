import { z } from 'zod'
import { Version } from './version.ts'

/** Where packages will run, as far as that is known; compared with their `conditions`. */
export const Target = z.strictObject({
  /** the version of the colony's server */
  colonyos: Version.optional(),
  architecture: z.string().min(1).max(64).optional(),
  cpm: Version.optional(),
})
export type Target = z.infer<typeof Target>
