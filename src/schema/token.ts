import { z } from 'zod'

/** What a token may do. `read` matters where a registry is private; the others are needed for every change. */
export const TOKEN_SCOPES = ['read', 'publish', 'yank', 'owner'] as const
export const TokenScope = z.enum(TOKEN_SCOPES)
export type TokenScope = z.infer<typeof TokenScope>

/**
 * Which names something holds for: a name, `@org/*` for a scope, a beginning as `image-*`, or `*` for all. A star stands at the end only, so that
 * it can be seen at once what a pattern reaches.
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

/** Whether a pattern reaches a name. `*` alone reaches all names, those of scopes too. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  if (pattern === '*') return true
  if (!pattern.endsWith('*')) return pattern === name
  const beginning = pattern.slice(0, -1)
  // `image-*` reaches plain names, never what stands behind the slash of a scope.
  return name.startsWith(beginning) && !name.slice(beginning.length).includes('/')
}

/** A token as people see it: never the token itself. */
export const TokenSummary = z.object({
  /** names the token in lists and for revoking; says nothing about the token */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  name: z.string().max(128),
  scopes: z.array(TokenScope).min(1),
  packages: z.array(NamePattern).min(1),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
})
export type TokenSummary = z.infer<typeof TokenSummary>
