import { z } from 'zod'
import { Sha256 } from './digest.ts'
import { NamePattern } from './token.ts'
import { Range } from './version.ts'

/** What can be decided about packages, by the key that decides it. */
export const POLICY_RULES = [
  'minimumReleaseAge',
  'licenses',
  'yanked',
  'deprecated',
  'signerChange',
  'registries',
] as const
export const PolicyRule = z.enum(POLICY_RULES)
export type PolicyRule = z.infer<typeof PolicyRule>

/** How long a release must have been public: `1d`, `12h`, `30m`, `2w`, or `0`. */
export const Age = z.union([z.literal(0), z.string().regex(/^(?:0|[0-9]{1,4}(?:m|h|d|w))$/)], {
  error: 'an age looks like 1d, 12h, 30m, 2w or 0',
})
export type Age = z.infer<typeof Age>

export const PolicyLevel = z.enum(['allow', 'warn', 'refuse'])
export type PolicyLevel = z.infer<typeof PolicyLevel>

/** An exception to a rule, with its reason and its last day (UTC). */
export const Waiver = z.strictObject({
  package: NamePattern,
  /** a version or a range; by default all versions */
  version: Range.optional(),
  rule: PolicyRule,
  reason: z.string().min(1).max(500),
  until: z.iso.date(),
})
export type Waiver = z.infer<typeof Waiver>

/** Another policy: a file, or the address of one that an organization hosts, with the digest of its bytes. */
export const PolicySource = z.union([
  z.strictObject({ file: z.string().min(1).max(1024) }),
  z.strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .refine((text) => !/[?#]|\/$/.test(text), 'must be the address of a file, without ? and #'),
    digest: Sha256,
  }),
])
export type PolicySource = z.infer<typeof PolicySource>

/** What a project may decide: its rules apply in addition to those of the user, so they can only be stricter. */
export const ProjectPolicy = z.strictObject({
  /** for all packages, or by name pattern, of which the most specific one counts */
  minimumReleaseAge: z.union([Age, z.record(NamePattern, Age)]).optional(),
  /** the licenses that packages may have, as SPDX ids */
  licenses: z.array(z.string().min(1).max(128)).min(1).max(500).optional(),
  yanked: PolicyLevel.optional(),
  deprecated: PolicyLevel.optional(),
  /** about releases signed by a key that was not an owner when the locked version was published */
  signerChange: PolicyLevel.optional(),
  /** the only registries for names: URLs, folders or ids of registries */
  registries: z.record(NamePattern, z.array(z.string().min(1).max(2048)).min(1).max(50)).optional(),
})
export type ProjectPolicy = z.infer<typeof ProjectPolicy>

/** The `policy` section of the user's settings, and a file that `extends` names (docs/policy.md). */
export const Policy = z.strictObject({
  ...ProjectPolicy.shape,
  extends: z.array(PolicySource).min(1).max(8).optional(),
  waivers: z.array(Waiver).max(1000).optional(),
})
export type Policy = z.infer<typeof Policy>
