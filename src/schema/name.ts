import { z } from 'zod'

const NAME = /^(?:@[a-z0-9][a-z0-9-]*\/)?[a-z0-9][a-z0-9-]*$/
const MAX_NAME_LENGTH = 100

/**
 * The name of a package: `thumbnails` or `@org/thumbnails`, at most 100 characters. The grammar prevents path tricks: a
 * scope and a name are each one plain path segment.
 */
export const PackageName = z
  .string()
  .max(MAX_NAME_LENGTH, `a package name can have at most ${MAX_NAME_LENGTH} characters`)
  .regex(NAME, 'a package name consists of a-z, 0-9 and -, starts with a letter or digit, and may have an @org/ prefix')
  .brand<'PackageName'>()
export type PackageName = z.infer<typeof PackageName>

export function isPackageName(text: string): text is PackageName {
  return text.length <= MAX_NAME_LENGTH && NAME.test(text)
}

/** The name without its scope, used to name archives. */
export function bareName(name: PackageName): string {
  return name.slice(name.indexOf('/') + 1)
}
