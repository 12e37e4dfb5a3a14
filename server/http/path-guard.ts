import type { Route } from '../../src/schema/route.ts'
import { ROUTES } from '../../src/schema/routes.ts'
import { ALIASES } from '../routes/aliases.ts'

/**
 * Checks a path before routing. A plain path has only one spelling, so no later code has to handle percent-encoding,
 * backslashes, dot segments or semicolons: the router and the file system see the same path.
 */
export function isPlainPath(path: string): boolean {
  if (path === '/') return true
  return PLAIN.test(path) && !path.split('/').slice(1).some(isTricky)
}

const PLAIN = /^\/[A-Za-z0-9@._~/+-]+$/

function isTricky(segment: string): boolean {
  return segment === '' || segment === '.' || segment === '..'
}

/** Returns the path of a request target, without the query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** Returns the methods that a path accepts; none if nothing is served there. */
export function methodsAt(path: string): string[] {
  const methods = PATTERNS.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
  return [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].sort()
}

/** Returns the paths to register with the router: a `:name` is one segment, or two with a scope. */
export function routerPaths(path: string): string[] {
  return path.includes('/:name') ? [path, path.replace('/:name', '/:scope(^@[a-z0-9][a-z0-9-]*$)/:name')] : [path]
}

const PATTERNS = [...ROUTES, ...ALIASES, { method: 'GET', path: '/' } as const].map(toPattern)

function toPattern({ method, path }: Pick<Route, 'method' | 'path'>) {
  const source = path.replace('/:name', '/(?:@[^/]+/)?[^/@][^/]*').replaceAll(/:[a-z]+/g, '[^/]+')
  return { method, pattern: new RegExp(`^${source}$`) }
}
