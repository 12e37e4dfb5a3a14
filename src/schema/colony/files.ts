import { z } from 'zod'
import { list, Text } from './values.ts'

/** Where the bytes of a file lie. Some clients write their keys for S3 in here, which every member can read: cpm reads none. */
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

/** A revision of a file in ColonyFS. It never changes; a newer one of the same name may stand before it. */
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

/** The newest revision of a file, as the list of a label shows it. */
export const ListedFile = z.object({ name: z.string(), checksum: Text, size: z.int(), s3filename: Text })
export type ListedFile = z.infer<typeof ListedFile>

export const FileLabel = z.object({ name: z.string(), files: z.int() })

/** Revisions under a label and those below it, fixed when the snapshot was made. */
export const ColonySnapshot = z.object({
  snapshotid: z.string(),
  label: z.string(),
  name: z.string(),
  fileids: list(z.string()),
})
export type ColonySnapshot = z.infer<typeof ColonySnapshot>
