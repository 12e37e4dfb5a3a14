import { isAllowed } from '../package/license.ts'
import type { ReleaseFacts } from './facts.ts'
import type { Found } from './finding.ts'
import type { Layer } from './layer.ts'

/** Finds a license that one of the lists does not allow. */
export function findLicense({ license }: ReleaseFacts, layers: readonly Layer[]): Found | undefined {
  if (license === undefined) return undefined
  const refusing = layers.find(
    ({ policy: { licenses } }) => licenses && !(license !== null && isAllowed(license, licenses)),
  )
  if (!refusing) return undefined
  const allowed = `allowed: ${refusing.policy.licenses?.join(', ') ?? ''}`
  const fact = license === null ? `declares no license (${allowed})` : `has the license ${license} (${allowed})`
  return { level: 'refuse', fact, origin: refusing.origin, hint: undefined }
}
