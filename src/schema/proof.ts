import { z } from 'zod'

/**
 * A proof of a resolver's answer, as a file that others can check (docs/resolver.md, "A proof others can check").
 * Names, versions and ranges are unvalidated strings here: a checker trusts nothing in a proof.
 */

const Text = z.string().max(1024)
const Versions = z.array(Text)
/** long if it lists versions one by one */
const Range = z.string()
const Ranges = z.record(Text, Range)

/** A version of a package, with everything that affects whether it is chosen. */
export const QuotedRelease = z.strictObject({
  /** what it requires, without optional dependencies */
  dependencies: Ranges,
  yanked: z.literal(true).optional(),
  publishedAt: Text.optional(),
  conditions: z
    .strictObject({ cpm: Text.optional(), colonyos: Text.optional(), architecture: z.array(Text).optional() })
    .optional(),
  refusal: Text.optional(),
})
export type QuotedRelease = z.infer<typeof QuotedRelease>

/** All versions of a package; null if the package does not exist. */
export const QuotedPackage = z.record(Text, QuotedRelease).nullable()
export type QuotedPackage = z.infer<typeof QuotedPackage>

/**
 * Each of these versions of `by` (null: the root) requires the package `on` in one of the ranges, or in a narrower one.
 */
export const ProofFact = z.strictObject({ by: Text.nullable(), versions: Versions, on: Text, ranges: z.array(Range) })
export type ProofFact = z.infer<typeof ProofFact>

/**
 * How a contradiction follows from facts. A step names two earlier facts or steps, counting facts first, and the
 * package whose state is resolved away. The last step (or the only fact) is the contradiction.
 */
export const Derivation = z.strictObject({
  facts: z.array(ProofFact).min(1),
  steps: z.array(z.tuple([z.int().min(0), z.int().min(0), Text])),
})
export type Derivation = z.infer<typeof Derivation>

export const ProofQuestion = z.strictObject({
  /** in order of preference */
  dependencies: z.array(z.strictObject({ name: Text, range: Range })),
  overrides: Ranges,
  /** the only yanked versions that can be chosen */
  locked: z.record(Text, Text),
  excludeNewer: Text.optional(),
  target: z.strictObject({ cpm: Text.optional(), colonyos: Text.optional(), architecture: Text.optional() }).optional(),
})
export type ProofQuestion = z.infer<typeof ProofQuestion>

export const ProofClaim = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('unsolvable'), derivation: Derivation }),
  z.strictObject({
    type: z.literal('solved'),
    packages: z.record(Text, Text),
    /** whether the direct dependencies are claimed to be the newest possible */
    isNewest: z.boolean(),
    /** why direct dependencies can't be newer, given those before them */
    newest: z.array(z.strictObject({ name: Text, derivation: Derivation })),
  }),
])
export type ProofClaim = z.infer<typeof ProofClaim>

export const Proof = z.strictObject({
  schemaVersion: z.literal(1),
  question: ProofQuestion,
  /** all versions of the packages in a derivation, and the chosen version of the others */
  packages: z.record(Text, QuotedPackage),
  claim: ProofClaim,
})
export type Proof = z.infer<typeof Proof>
