import { z } from 'zod'

/** Names of cpm's packages in the field `ecosystem`; other entries are about other software. */
export const ECOSYSTEMS = ['ColonyOS', 'cpm'] as const

const Text = z.string().max(4096)
const Event = z.object({
  introduced: Text.optional(),
  fixed: Text.optional(),
  last_affected: Text.optional(),
  limit: Text.optional(),
})
export type AdvisoryEvent = z.infer<typeof Event>

const Affected = z.object({
  package: z.object({ ecosystem: Text, name: Text }).optional(),
  ranges: z
    .array(z.object({ type: Text, events: z.array(Event).max(10_000) }))
    .max(1000)
    .optional(),
  versions: z.array(Text).max(100_000).optional(),
  severity: z.array(z.object({ type: Text, score: Text })).optional(),
  ecosystem_specific: z.object({ severity: z.unknown() }).nullish(),
  database_specific: z.object({ severity: z.unknown() }).nullish(),
})
export type AffectedPackage = z.infer<typeof Affected>

/** An entry in the format of OSV (the Open Source Vulnerability schema, 1.x): the fields that cpm uses. */
export const Advisory = z.object({
  id: z.string().min(1).max(256),
  summary: z.string().optional(),
  details: z.string().optional(),
  aliases: z.array(Text).nullish(),
  withdrawn: Text.nullish(),
  severity: z.array(z.object({ type: Text, score: Text })).nullish(),
  affected: z.array(Affected).nullish(),
  database_specific: z.object({ severity: z.unknown() }).nullish(),
})
export type Advisory = z.infer<typeof Advisory>

/** A file with advisories: one entry, a list, or the answer of an OSV server. */
export const AdvisoryFile = z.union([
  z.array(Advisory),
  z.object({ vulns: z.array(Advisory) }).transform(({ vulns }) => vulns),
  Advisory.transform((advisory) => [advisory]),
])

export const SEVERITIES = ['low', 'moderate', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]
