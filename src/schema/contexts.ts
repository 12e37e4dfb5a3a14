import { z } from 'zod'

export const ContextName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'is not a valid context name: use letters, digits, dots, _ and -')

const Server = z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535), tls: z.boolean() })

/**
 * Where the files of ColonyFS are. The key is in a separate file, mode 0600: the access key and the secret key, one
 * per line.
 */
const S3 = z.strictObject({
  endpoint: z.string().min(1),
  tls: z.boolean(),
  bucket: z.string().min(1),
  region: z.string().optional(),
  keyFile: z.string(),
})

/** A named place to work with: a registry, a colony, or both. The key is in a separate file, mode 0600. */
const NamedContext = z.strictObject({
  registry: z.string().optional(),
  server: Server.optional(),
  colony: z.string().min(1).optional(),
  keyFile: z.string().optional(),
  s3: S3.optional(),
})
export type NamedContext = z.infer<typeof NamedContext>

/** `$CPM_HOME/contexts.json`. No file of a project is ever read as one, because it decides where signed requests go. */
export const Contexts = z.strictObject({
  schemaVersion: z.literal(1),
  /** used unless a flag or variable names another */
  current: ContextName.optional(),
  contexts: z.record(ContextName, NamedContext),
})
export type Contexts = z.infer<typeof Contexts>
