import { z } from 'zod'

/** A registry is identified by its id, so that it can move to another folder, host or protocol. */
export const RegistryId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'a registry id consists of a-z, 0-9, dots and -')
  .brand<'RegistryId'>()
export type RegistryId = z.infer<typeof RegistryId>

/** `config.json` at the root of a registry. */
export const RegistryConfig = z.object({
  schemaVersion: z.literal(1),
  id: RegistryId,
  name: z.string().max(128),
  /** the base URL of the API, relative to the registry's URL and not outside of it: `./`; null if there is no API */
  api: z.string().max(2048).nullable(),
})
export type RegistryConfig = z.infer<typeof RegistryConfig>
