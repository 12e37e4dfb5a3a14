import type { Route } from '../../src/schema/route.ts'
import { ROUTES } from '../../src/schema/routes.ts'
import { ALIASES } from '../routes/aliases.ts'

/**
 * The one guard before routing. What it lets through is spelled in one way only, so nothing behind it has to think of percent-encoding,
 * backslashes, dot segments or parameters after a semicolon: whatever the router sees is what the file system would.
 */
export function isPlainPath(path: string): boolean {
  if (path === '/') return true
  return PLAIN.test(path) && !path.split('/').slice(1).some(isTricky)
}

const PLAIN = /^\/[A-Za-z0-9@._~/+-]+$/

function isTricky(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..'
}

/** The part of a request's target that names something. */
export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** The methods that are answered at a path. None: there is nothing. */
export function methodsAt(path: string): string[] {
  const methods = PATTERNS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].sort()
}

/** `:name` is one segment, or a scope and one: the router gets a path for each. */
export function routerPaths(path: string): string[] {
  return path.includes('/:name') ? [path, path.replace('/:name', '/:scope(^@[a-z0-9][a-z0-9-]*$)/:name')] : [path]
}

const PATTERNS = [...ROUTES, ...ALIASES, { method: 'GET', path: '/' } as const].map(toPattern)

function toPattern({ method, path }: Pick<Route, 'method' | 'path'>) {
  const source = path.replace('/:name', '/(?:@[^/]+/)?[^/@][^/]*').replaceAll(/:[a-z]+/g, '[^/]+')
  return { method, pattern: new RegExp(`^${source}$`) }
}
