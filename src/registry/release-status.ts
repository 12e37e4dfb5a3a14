import { type ReleaseStatus, StatusChange } from '../schema/documents.ts'
import type { StatusRecord } from '../schema/index-record.ts'
import { CpmError } from '../core/errors.ts'

const GOOD: ReleaseStatus = {
  yanked: false,
  yankReason: null,
  deprecated: false,
  deprecationReason: null,
  replacement: null,
}

/**
 * Combines the status records of one version, in order: the last yank or unyank counts, and so does the last
 * deprecation. A deprecation without a reason or replacement revokes the one before it.
 */
export function statusOf(records: readonly StatusRecord[] = []): ReleaseStatus {
  return records.reduce<ReleaseStatus>((status, { type, reason, replacement }) => {
    switch (type) {
      case 'yank':
        return { ...status, yanked: true, yankReason: reason ?? null }
      case 'unyank':
        return { ...status, yanked: false, yankReason: null }
      case 'deprecate':
        return {
          ...status,
          deprecated: reason !== undefined || replacement !== undefined,
          deprecationReason: reason ?? null,
          replacement: replacement ?? null,
        }
    }
  }, GOOD)
}

/** Validates before writing, because an index line is permanent. @throws CpmError USAGE */
export function requireChange(change: StatusChange): void {
  const issue = StatusChange.safeParse(change).error?.issues[0]
  if (issue) throw new CpmError('USAGE', [...issue.path.map(String), issue.message].join(': '))
}
