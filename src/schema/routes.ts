import type { ErrorCode } from './errors.ts'
import type { Route } from './route.ts'
import * as files from './routes/files.ts'
import * as owners from './routes/owners.ts'
import * as packages from './routes/packages.ts'
import * as publishing from './routes/publishing.ts'
import * as service from './routes/service.ts'

/** All routes. A test checks that the server serves all of them and nothing else. */
export const ROUTES: readonly Route[] = [files, packages, owners, publishing, service].flatMap((module) =>
  Object.values(module).filter(isRoute),
)

/** Errors that any request can return. */
export const COMMON_ERRORS: readonly ErrorCode[] = [
  'REQUEST_INVALID',
  'AUTH_REQUIRED',
  'AUTH_FORBIDDEN',
  'REGISTRY_READONLY',
  'REGISTRY_BUSY',
  'INTERNAL',
]

/** Errors that any request with a body can return. */
const BODY_ERRORS: readonly ErrorCode[] = ['REQUEST_TOO_LARGE', 'REQUEST_TIMEOUT']

/** Returns every error that a request to a route can return. */
export function errorsOf({ access, body, errors }: Route): ReadonlySet<ErrorCode> {
  const mayChange = access !== 'open' && access !== 'read'
  const common = COMMON_ERRORS.filter((code) => mayChange || code !== 'REGISTRY_READONLY')
  return new Set([...errors, ...common, ...(body === undefined ? [] : BODY_ERRORS)])
}

function isRoute(value: unknown): value is Route {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value
}
