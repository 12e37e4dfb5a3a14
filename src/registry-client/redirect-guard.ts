import dns from 'node:dns'
import { type BlockList, isIP, isIPv4, type LookupFunction } from 'node:net'
import { addressBlock, isAddressBlock, isInside } from './inside-addresses.ts'
import { misbehaved } from './network-error.ts'

/**
 * Where redirects to other hosts may lead. A server that fetches for strangers follows them to public addresses only; somebody's own cpm also
 * follows a registry inside of a network to other hosts inside, but no public registry.
 */
export type RedirectRule = 'public only' | 'as far inside as the registry'

export interface RedirectGuardOptions {
  base: URL
  rule: RedirectRule
  /** addresses, blocks of them, and names of hosts that may be inside (`network.allowedAddresses`) */
  allowed: readonly string[]
}

const HINT = 'if that host is to be reached, name it in network.allowedAddresses of $CPM_HOME/config.json'

/**
 * Keeps redirects from reaching what only this machine can reach. The address of the registry itself was named by somebody who may, and is
 * not checked; whatever a redirect leads to is, and the connection goes to the very addresses that were checked.
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

  /** Whether requests to a URL are guarded: all but those to the registry's own host and port. */
  async guards(url: URL): Promise<boolean> {
    if (url.origin === this.#base.origin || this.#allowedHosts.has(url.hostname)) return false
    return !(await (this.#isOff ??= this.#mayGoInside()))
  }

  /** @throws CpmError REGISTRY_MISBEHAVED where a host has no address that may be reached */
  async require(url: URL): Promise<void> {
    const addresses = await addressesOf(url)
    // Without a name server a proxy finds the host. It may be anywhere then, which strangers must not make use of.
    if (addresses.length === 0 && this.#rule !== 'public only') return
    if (addresses.some((address) => this.#mayReach(address))) return
    throw misbehaved(this.#base, `redirects to ${url.host}, which is not an address of the public internet`, HINT)
  }

  /** Finds the addresses of a host for a connection, and gives those alone that may be reached: there is no later look-up to be deceived. */
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

/** The addresses of a URL's host; none where they can't be found. */
async function addressesOf({ hostname }: URL): Promise<string[]> {
  const literal = hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) return [literal]
  try {
    return (await dns.promises.lookup(hostname, { all: true })).map(({ address }) => address)
  } catch {
    return []
  }
}
