import { z } from 'zod'

/** What a token allows. `read` matters if a registry is private; every change needs one of the others. */
export const TOKEN_SCOPES = ['read', 'publish', 'yank', 'owner'] as const
export const TokenScope = z.enum(TOKEN_SCOPES)
export type TokenScope = z.infer<typeof TokenScope>

/**
 * Matches names: a name, `@org/*` for a scope, a prefix such as `image-*`, or `*` for all. The star is only allowed at
 * the end, so that the reach of a pattern is obvious.
 */
export const NamePattern = z
  .string()
  .max(101)
  .regex(
    /^(?:\*|(?:@[a-z0-9][a-z0-9-]*\/)?(?:\*|[a-z0-9][a-z0-9-]*\*?))$/,
    'a pattern is a package name that may end with *, such as image-*, @org/* or *',
  )
  .brand<'NamePattern'>()
export type NamePattern = z.infer<typeof NamePattern>

/** Whether a pattern matches a name. `*` alone matches all names, including scoped ones. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  if (pattern === '*') return true
  if (!pattern.endsWith('*')) return pattern === name
  const beginning = pattern.slice(0, -1)
  // `image-*` matches plain names, never the part after the slash of a scope.
  return name.startsWith(beginning) && !name.slice(beginning.length).includes('/')
}

/** A token as shown to people, without the token itself. */
export const TokenSummary = z.object({
  /** identifies the token in lists and for revoking, without revealing it */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().max(128),
  scopes: z.array(TokenScope).min(1),
  packages: z.array(NamePattern).min(1),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})
export type TokenSummary = z.infer<typeof TokenSummary>
