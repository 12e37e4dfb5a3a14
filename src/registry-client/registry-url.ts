import { isIPv4 } from 'node:net'
import { CpmError } from '../core/errors.ts'
import { oneLine } from '../core/printable.ts'

/**
 * Parses and normalizes the URL of a registry, under which tokens are stored and requests are made. Everything
 * ambiguous (credentials, a query, `..`, percent signs, a backslash) is refused here, so that no later code has to
 * interpret it.
 */
export function parseRegistryUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw invalid(`${nameOf(text)}is not an http or https URL`)
  const [, authority = '', path = ''] = /^[a-z]+:\/\/([^/?#]*)(.*)$/i.exec(text) ?? []
  // The message must not repeat a password.
  if (authority.includes('@'))
    throw invalid('contains a user name or password', `cpm login ${url.protocol}//${url.host}/`)
  if (authority === '' || url.hostname === '') throw invalid('has no host')
  if (/[?#]/.test(path)) throw invalid('has a query or a fragment')
  if (/[\s\\%]/.test(text)) throw invalid('has a space, a backslash or a percent sign')
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/')
  if (path.length > 1 && segments.some((segment) => ['', '.', '..'].includes(segment))) {
    throw invalid('has an empty segment, `.` or `..` in its path')
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** Names a URL in a message, unless it could still contain a secret without its credentials. */
function nameOf(text: string): string {
  const bare = text.replace(/\/\/[^/]*@/, '//')
  return bare === '' || /[@?#]/.test(bare) ? '' : `${oneLine(bare)} `
}

function invalid(fact: string, hint = 'use the form https://host/path/'): CpmError {
  return new CpmError('CONFIG_INVALID', `the registry's URL ${fact}`, { hint })
}

/**
 * Whether a URL is below `base`: the same scheme, host and port, and a path that starts with all segments of its path.
 * Paths with encoded separators are never below it, since a server may decode them.
 */
export function isBelow(base: URL, url: URL): boolean {
  return (
    url.protocol === base.protocol &&
    url.host === base.host &&
    url.username === '' &&
    url.password === '' &&
    base.pathname.endsWith('/') &&
    url.pathname.startsWith(base.pathname) &&
    !/%2f|%5c|%00|\\/i.test(url.pathname)
  )
}

/** Whether a host is this machine, regardless of DNS. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
}
