import { misbehaved } from './network-error.ts'
import { isBelow } from './registry-url.ts'

export const MOST_REDIRECTS = 5

/**
 * Where a redirect leads, if it may be followed. The small files of a registry come from below its own address, since nothing but their place
 * says whose they are; archives are proven by their digest, so they may come from any host. Nobody is led from https to http.
 * @param anywhere whether another host may answer
 * @throws CpmError REGISTRY_MISBEHAVED
 */
export function redirectTarget(
  from: URL,
  location: string | undefined,
  { base, anywhere }: { base: URL; anywhere: boolean },
): URL {
  const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (!to) throw misbehaved(from, 'redirects to nowhere')
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw misbehaved(from, `redirects to ${to.protocol}`)
  if (to.username !== '' || to.password !== '') {
    throw misbehaved(from, `redirects to ${to.host} with a user's name in the address`)
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw misbehaved(from, `redirects from https to http, at ${to.host}`)
  }
  if (!anywhere && !isBelow(base, to)) {
    throw misbehaved(
      from,
      to.origin === base.origin ? 'redirects to an address outside of the registry' : `redirects to ${to.host}`,
      `if the registry has moved, use its new address; was it meant to be ${to.origin}?`,
    )
  }
  to.hash = ''
  return to
}

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}
