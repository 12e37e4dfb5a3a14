import dns from 'node:dns'
import { type BlockList, isIP, isIPv4, type LookupFunction } from 'node:net'
import { addressBlock, isAddressBlock, isInside } from './inside-addresses.ts'
import { misbehaved } from './network-error.ts'

/**
 * Which hosts redirects may lead to. A server that fetches on behalf of others follows redirects only to public
 * addresses. A user's cpm also follows redirects from a registry inside a network to other hosts inside it, but not
 * from a public registry.
 */
export type RedirectRule = 'public only' | 'as far inside as the registry'

export interface RedirectGuardOptions {
  base: URL
  rule: RedirectRule
  /** addresses, blocks and host names that may be inside (`network.allowedAddresses`) */
  allowed: readonly string[]
}

const HINT = 'to allow that host, add it to network.allowedAddresses in $CPM_HOME/config.json'

/**
 * Keeps redirects from reaching hosts that only this machine can reach. The registry's own URL comes from the user and
 * is not checked. The targets of redirects are, and the connection uses exactly the checked addresses.
 */
export class RedirectGuard {
  readonly #base: URL
  readonly #rule: RedirectRule
  readonly #allowedBlocks: BlockList
  readonly #allowedHosts: ReadonlySet<string>
  #isOff: Promise<boolean> | undefined

  constructor({ base, rule, allowed }: RedirectGuardOptions) {
    this.#base = base
    this.#rule = rule
    this.#allowedBlocks = addressBlock(allowed.filter(isAddressBlock))
    this.#allowedHosts = new Set(allowed.filter((entry) => !isAddressBlock(entry)).map((host) => host.toLowerCase()))
  }

  /** Whether requests to a URL are guarded: all except those to the registry's own origin and to allowed hosts. */
  async guards(url: URL): Promise<boolean> {
    if (url.origin === this.#base.origin || this.#allowedHosts.has(url.hostname)) return false
    return !(await (this.#isOff ??= this.#mayGoInside()))
  }

  /** @throws CpmError REGISTRY_MISBEHAVED if the host has no allowed address */
  async require(url: URL): Promise<void> {
    const addresses = await addressesOf(url)
    // Without DNS, a proxy resolves the host, which may be anywhere: acceptable for a user, but not for a server.
    if (addresses.length === 0 && this.#rule !== 'public only') return
    if (addresses.some((address) => this.#mayReach(address))) return
    throw misbehaved(this.#base, `redirects to ${url.host}, which is not on the public internet`, HINT)
  }

  /** Resolves a host for a connection to allowed addresses only, so that no second lookup can return others. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, '', 0)
        return
      }
      const [first, ...others] = found.filter(({ address }) => this.#mayReach(address))
      if (!first) callback(Object.assign(new Error(`${hostname} is inside`), { code: 'EACCES' }), '', 0)
      else if (options.all === true) callback(null, [first, ...others])
      else callback(null, first.address, first.family)
    })
  }

  #mayReach(address: string): boolean {
    return !isInside(address) || this.#allowedBlocks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  }

  async #mayGoInside(): Promise<boolean> {
    if (this.#rule === 'public only') return false
    const addresses = await addressesOf(this.#base)
    return addresses.length === 0 || addresses.some(isInside)
  }
}

/** Returns the addresses of a URL's host; empty if it does not resolve. */
async function addressesOf({ hostname }: URL): Promise<string[]> {
  const literal = hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) return [literal]
  try {
    return (await dns.promises.lookup(hostname, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}
