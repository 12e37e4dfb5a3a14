import { z } from 'zod'
import { list, Text } from './values.ts'

/**
 * Where the bytes of a file are. Some clients write their S3 keys here, which every member can read: cpm doesn't read
 * them.
 */
const Reference = z.object({
  protocol: Text,
  s3object: z.object({
    server: Text,
    tls: z.boolean().default(false),
    encryptionalg: Text,
    object: Text,
    bucket: Text,
  }),
})

/** A revision of a file in ColonyFS. It never changes; a newer revision of the same name may replace it. */
export const ColonyFile = z.object({
  fileid: z.string(),
  label: z.string(),
  name: z.string(),
  size: z.int(),
  checksum: Text,
  checksumalg: Text,
  ref: Reference,
})
export type ColonyFile = z.infer<typeof ColonyFile>

/** The newest revision of a file, as listed under its label. */
export const ListedFile = z.object({ name: z.string(), checksum: Text, size: z.int(), s3filename: Text })
export type ListedFile = z.infer<typeof ListedFile>

export const FileLabel = z.object({ name: z.string(), files: z.int() })

/** Revisions under a label and below, pinned when the snapshot was created. */
export const ColonySnapshot = z.object({
  snapshotid: z.string(),
  label: z.string(),
  name: z.string(),
  fileids: list(z.string()),
})
export type ColonySnapshot = z.infer<typeof ColonySnapshot>
