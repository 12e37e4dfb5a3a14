import semver from 'semver'
import { z } from 'zod'

/** A SemVer 2.0 version in its normal form, without build metadata: a version has exactly one spelling. */
export const Version = z
  .string()
  .max(128, 'a version can have at most 128 characters')
  .refine(isNormalVersion, 'a version is SemVer 2.0 without +build, such as 1.2.0 or 2.0.0-rc.1')
  .brand<'Version'>()
export type Version = z.infer<typeof Version>

export function isVersion(text: string): text is Version {
  return isNormalVersion(text)
}

function isNormalVersion(text: string): boolean {
  const parsed = text.length <= 128 ? semver.parse(text) : null
  return parsed !== null && parsed.version === text
}

const MAX_REQUIREMENT_LENGTH = 256

/** A range in the grammar of npm's `semver`, such as `^1.2.0` or `>=1 <3`. */
export const Range = z
  .string()
  .max(MAX_REQUIREMENT_LENGTH, `a range can have at most ${MAX_REQUIREMENT_LENGTH} characters`)
  .refine((text) => semver.validRange(text) !== null, 'not a version range: write one such as ^1.2.0, >=1.0 <3 or *')

/** The requirement of a dependency in a manifest: a range, or a folder such as `path:../tools`. */
export const Requirement = z
  .string()
  .max(1024, 'a requirement can have at most 1024 characters')
  .superRefine((text, ctx) => {
    const source = requirementSource(text)
    if (source === 'path') {
      if (text.length === 'path:'.length) ctx.addIssue('path: must be followed by a folder')
    } else if (source !== null) {
      ctx.addIssue(`${source}: is not a source this cpm knows; use a version range or path:FOLDER`)
    } else if (text.length > MAX_REQUIREMENT_LENGTH || semver.validRange(text) === null) {
      ctx.addIssue('not a version range: write one such as ^1.2.0, >=1.0 <3 or *')
    }
  })
export type Requirement = string

/** The source before the first colon (`path` in `path:../x`), or null for a plain version range. */
export function requirementSource(text: string): string | null {
  const colon = text.indexOf(':')
  return colon < 0 ? null : text.slice(0, colon)
}

/** The folder of a `path:` requirement, or null for anything else. */
export function requirementPath(text: string): string | null {
  return text.startsWith('path:') ? text.slice('path:'.length) : null
}
