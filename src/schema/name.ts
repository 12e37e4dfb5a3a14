import { z } from 'zod'

const NAME = /^(?:@[a-z0-9][a-z0-9-]*\/)?[a-z0-9][a-z0-9-]*$/
const MAX_NAME_LENGTH = 100

/**
 * The name of a package: `thumbnails` or `@org/thumbnails`, at most 100 characters.
 * The grammar leaves no room for a path trick: a scope and a name are each one plain path segment.
 */
export const PackageName = z
  .string()
  .max(MAX_NAME_LENGTH, `a package name has at most ${MAX_NAME_LENGTH} characters`)
  .regex(
    NAME,
    'a package name is made of a-z, 0-9 and -, begins with a letter or digit, and may have an @org/ before it',
  )
  .brand<'PackageName'>()
export type PackageName = z.infer<typeof PackageName>

export function isPackageName(text: string): text is PackageName {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text)
}

/** The name without its scope: what archives are called after. */
export function bareName(name: PackageName): string {
  return name.slice(name.indexOf('/') + 1)
}
