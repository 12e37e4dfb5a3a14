import { misbehaved } from './network-error.ts'
import { isBelow } from './registry-url.ts'

export const MOST_REDIRECTS = 5

/**
 * Returns the target of a redirect if cpm may follow it. The small files of a registry must stay below its URL, since
 * only their location shows whose they are. Archives may come from any host, since their digest proves them. https
 * never redirects to http.
 * @param anywhere whether another host is allowed
 * @throws CpmError REGISTRY_MISBEHAVED
 */
export function redirectTarget(
  from: URL,
  location: string | undefined,
  { base, anywhere }: { base: URL; anywhere: boolean },
): URL {
  const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (!to) throw misbehaved(from, 'redirects without a valid location')
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw misbehaved(from, `redirects to ${to.protocol}`)
  if (to.username !== '' || to.password !== '') {
    throw misbehaved(from, `redirects to ${to.host} with credentials in the URL`)
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw misbehaved(from, `redirects from https to http at ${to.host}`)
  }
  if (!anywhere && !isBelow(base, to)) {
    throw misbehaved(
      from,
      to.origin === base.origin ? 'redirects to a URL outside the registry' : `redirects to ${to.host}`,
      `if the registry has moved, use its new URL, possibly ${to.origin}`,
    )
  }
  to.hash = ''
  return to
}

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}
