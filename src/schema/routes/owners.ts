import { z } from 'zod'
import { PackageName } from '../name.ts'
import { route } from '../route.ts'

const none = z.strictObject({})
const Name = z.strictObject({ name: PackageName })

/** The lines of `keys/<name>` (docs/formats.md, "Owners"). */
export const Owners = z.strictObject({ name: PackageName, chain: z.string().max(4 * 1024 * 1024) })

export const readOwners = route({
  id: 'readOwners',
  method: 'GET',
  path: '/api/v1/packages/:name/owners',
  summary: 'Read the chain of owners of a name',
  access: 'read',
  params: Name,
  query: none,
  body: undefined,
  reply: Owners,
  errors: ['PACKAGE_NOT_FOUND'],
})

export const changeOwners = route({
  id: 'changeOwners',
  method: 'POST',
  path: '/api/v1/packages/:name/owners',
  summary: 'Add a record to the chain of owners, signed by a current owner',
  access: 'owner',
  params: Name,
  query: none,
  body: z.strictObject({
    line: z
      .string()
      .min(1)
      .max(16 * 1024),
  }),
  reply: Owners,
  errors: ['PACKAGE_NOT_FOUND', 'OWNER_MISMATCH', 'DISK_FULL', 'LOCK_TIMEOUT'],
})
