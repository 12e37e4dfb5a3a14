import { z } from 'zod'
import { Evidence, Published, ReleaseId } from '../documents.ts'
import { PackageName } from '../name.ts'
import { route } from '../route.ts'

const none = z.strictObject({})

export const MOST_PACKAGES_AT_ONCE = 512

/**
 * The parts of the multipart body, in this order for each package: `envelope` (its DSSE envelope), `owners` (the signed
 * record that starts the chain of owners, used if the name is new), `archive` (the .cpm file). All packages become
 * visible, or none.
 */
export const publishPackages = route({
  id: 'publishPackages',
  method: 'POST',
  path: '/api/v1/publish',
  summary: 'Publish packages as one operation',
  access: 'publish',
  params: none,
  query: none,
  body: 'multipart',
  reply: z.object({ packages: z.array(Published).min(1) }),
  errors: [
    'ARCHIVE_INVALID',
    'ARCHIVE_TOO_LARGE',
    'ENVELOPE_INVALID',
    'SIGNATURE_INVALID',
    'OWNER_MISMATCH',
    'DIGEST_MISMATCH',
    'MANIFEST_INVALID',
    'VERSION_EXISTS',
    'USAGE',
    'DISK_FULL',
    'LOCK_TIMEOUT',
  ],
})

export const readEvidence = route({
  id: 'readEvidence',
  method: 'POST',
  path: '/api/v1/envelopes',
  summary: 'Read the envelopes and owners of many releases at once',
  access: 'read',
  params: none,
  query: none,
  body: z.strictObject({ releases: z.array(ReleaseId).min(1).max(MOST_PACKAGES_AT_ONCE) }),
  reply: z.object({ evidence: z.array(Evidence) }),
  errors: [],
})

export const resolveLock = route({
  id: 'resolveLock',
  method: 'POST',
  path: '/api/v1/resolve',
  summary: 'Choose versions for a manifest, and return the lock that `cpm install` would write',
  access: 'read',
  params: none,
  query: none,
  body: z.strictObject({
    manifest: z
      .string()
      .max(256 * 1024)
      .describe('the contents of colony.yaml'),
    lock: z
      .string()
      .max(4 * 1024 * 1024)
      .nullable()
      .default(null)
      .describe('the contents of colony.lock; versions that still fit are kept'),
  }),
  reply: z.object({ lock: z.string(), evidence: z.array(Evidence), omitted: z.record(PackageName, z.string()) }),
  errors: [
    'MANIFEST_INVALID',
    'LOCK_INVALID',
    'NO_SOLUTION',
    'RESOLVE_BUDGET',
    // a release in the lock that was sent differs from what its owners signed
    'DIGEST_MISMATCH',
    'OWNER_MISMATCH',
  ],
})
