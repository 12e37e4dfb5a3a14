import { isIPv4 } from 'node:net'
import { CpmError } from '../core/errors.ts'

/**
 * The address of a registry, in one spelling: what tokens are kept under and what requests are made below. Whatever could be read in two
 * ways (credentials, a query, `..`, percent signs, a backslash) is refused here, so that nothing later has to decide about it.
 */
export function parseRegistryUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw invalid('is not an http or https URL')
  const [, authority = '', path = ''] = /^[a-z]+:\/\/([^/?#]*)(.*)$/i.exec(text) ?? []
  // The message must not repeat what may be a password.
  if (authority.includes('@')) throw invalid('holds a user or a password', `cpm login ${url.protocol}//${url.host}/`)
  if (authority === '' || url.hostname === '') throw invalid('names no host')
  if (/[?#]/.test(path)) throw invalid('has a query or a fragment')
  if (/[\s\\%]/.test(text)) throw invalid('has a space, a backslash or a percent sign')
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/')
  if (path.length > 1 && segments.some((segment) => ['', '.', '..'].includes(segment))) {
    throw invalid('has an empty segment, `.` or `..` in its path')
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

function invalid(fact: string, hint = 'write it as https://host/path/'): CpmError {
  return new CpmError('CONFIG_INVALID', `the registry's address ${fact}`, { hint })
}

/**
 * Whether a URL belongs to what `base` speaks of: the same scheme, host and port exactly, and a path that begins with the whole segments of
 * its path. Encoded separators never belong: a server may read them as separators.
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

/** Whether a host is this machine whatever a name server says. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
}
