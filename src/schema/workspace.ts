import { z } from 'zod'

const MAX_PATTERNS = 1000

/**
 * A pattern of folders below the root of a workspace: `packages/*`, `tools/lint`, `libs/**`. It can't lead out of the
 * root, and is normalized to have neither `./` in front nor `/` at the end.
 */
export const FolderPattern = z
  .string()
  .max(1024, 'a pattern can have at most 1024 characters')
  .transform((text) => text.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, ''))
  .superRefine((pattern, ctx) => {
    const problem = problemOf(pattern)
    if (problem !== undefined) ctx.addIssue(problem)
  })

function problemOf(pattern: string): string | undefined {
  if (pattern === '' || pattern === '.') return 'must name folders below this one, such as packages/*'
  if (/[\\:\0]/.test(pattern) || pattern.startsWith('/')) return 'must be relative, with / between folders'
  if (/[[\]{}!]/.test(pattern)) return 'a pattern knows only *, ? and **; write what to leave out under exclude:'
  const segments = pattern.split('/')
  if (segments.some((segment) => segment === '..')) return 'must not lead out of the workspace'
  if (segments.some((segment) => segment === '' || segment === '.')) return 'has an empty or . segment'
  if (segments.some((segment) => segment.includes('**') && segment !== '**')) return '** must be a whole segment'
  return undefined
}

/** The packages of a workspace, in the colony.yaml of its root. */
export const WorkspaceSection = z.strictObject({
  members: z.array(FolderPattern).min(1).max(MAX_PATTERNS),
  exclude: z.array(FolderPattern).max(MAX_PATTERNS).default([]),
})
export type WorkspaceSection = z.infer<typeof WorkspaceSection>
