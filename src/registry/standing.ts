import { type Standing, StatusChange } from '../schema/documents.ts'
import type { StatusRecord } from '../schema/index-record.ts'
import { CpmError } from '../core/errors.ts'

const GOOD: Standing = {
  yanked: false,
  yankReason: null,
  deprecated: false,
  deprecationReason: null,
  replacement: null,
}

/**
 * What the status records of one version say together, in their order: the last yank or unyank counts, and the last deprecation.
 * A deprecation without reason and replacement takes the one before it back.
 */
export function standingOf(records: readonly StatusRecord[] = []): Standing {
  return records.reduce<Standing>((standing, { type, reason, replacement }) => {
    switch (type) {
      case 'yank':
        return { ...standing, yanked: true, yankReason: reason ?? null }
      case 'unyank':
        return { ...standing, yanked: false, yankReason: null }
      case 'deprecate':
        return {
          ...standing,
          deprecated: reason !== undefined || replacement !== undefined,
          deprecationReason: reason ?? null,
          replacement: replacement ?? null,
        }
    }
  }, GOOD)
}

/** What is written into an index stays there, whoever asked for it. @throws CpmError USAGE */
export function requireChange(change: StatusChange): void {
  const issue = StatusChange.safeParse(change).error?.issues[0]
  if (issue) throw new CpmError('USAGE', [...issue.path.map(String), issue.message].join(': '))
}
