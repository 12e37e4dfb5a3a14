import { z } from 'zod'
import { PackageInfo, PackagePage, ReleaseStatus, StatusChange, VersionInfo } from '../documents.ts'
import { PackageName } from '../name.ts'
import { route } from '../route.ts'
import { Version } from '../version.ts'

const none = z.strictObject({})
const Name = z.strictObject({ name: PackageName })
const Release = z.strictObject({ name: PackageName, version: Version })

export const PackageQuery = z.strictObject({
  text: z.string().max(200).optional().describe('words that the name, description or keywords must contain'),
  keyword: z.string().max(64).optional().describe('a keyword the package must have'),
  author: z.string().max(200).optional().describe('part of the name of an author'),
  after: PackageName.optional().describe('the last name of the previous page'),
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('packages per page'),
})
export type PackageQuery = z.infer<typeof PackageQuery>

export const listPackages = route({
  id: 'listPackages',
  method: 'GET',
  path: '/api/v1/packages',
  summary: 'Search packages, a page at a time, sorted by name',
  access: 'read',
  params: none,
  query: PackageQuery,
  body: undefined,
  reply: PackagePage,
  errors: [],
})

export const readPackage = route({
  id: 'readPackage',
  method: 'GET',
  path: '/api/v1/packages/:name',
  summary: 'Read one package with all its versions',
  access: 'read',
  params: Name,
  query: none,
  body: undefined,
  reply: PackageInfo,
  errors: ['PACKAGE_NOT_FOUND'],
})

export const readVersion = route({
  id: 'readVersion',
  method: 'GET',
  path: '/api/v1/packages/:name/:version',
  summary: 'Read one version of a package',
  access: 'read',
  params: Release,
  query: none,
  body: undefined,
  reply: VersionInfo,
  errors: ['PACKAGE_NOT_FOUND'],
})

export const downloadVersion = route({
  id: 'downloadVersion',
  method: 'GET',
  path: '/api/v1/packages/:name/:version/download',
  summary: 'Download the archive of one version; supports range requests',
  access: 'read',
  params: Release,
  query: none,
  body: undefined,
  reply: 'bytes',
  errors: ['PACKAGE_NOT_FOUND'],
})

export const changeStatus = route({
  id: 'changeStatus',
  method: 'PATCH',
  path: '/api/v1/packages/:name/:version',
  summary: 'Yank, unyank or deprecate a version',
  access: 'yank',
  params: Release,
  query: none,
  body: StatusChange,
  reply: ReleaseStatus,
  errors: ['PACKAGE_NOT_FOUND', 'DISK_FULL', 'LOCK_TIMEOUT'],
})
