import { BlockList, isIP, isIPv4 } from 'node:net'

/**
 * IPv4 blocks outside the public internet (RFC 6890 and successors), and the public address of Azure's host services.
 */
const INSIDE_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]
/** All public IPv6 is in 2000::/3. Within it, these blocks are not public, or tunnel to an unchecked IPv4 address. */
const PUBLIC_IPV6 = '2000::/3'
const INSIDE_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']
/** How an IPv6-only network reaches IPv4 (RFC 6052): the embedded address is the one to check. */
const NAT64 = '64:ff9b::/96'

const insideIpv4 = addressBlock(INSIDE_IPV4)
const publicIpv6 = addressBlock([PUBLIC_IPV6])
const insideIpv6 = addressBlock(INSIDE_IPV6)
const nat64 = addressBlock([NAT64])

/**
 * Whether an address is outside the public internet: loopback, private, link-local, carrier-grade NAT, cloud metadata,
 * multicast or reserved. Anything that is not an address counts as inside.
 */
export function isInside(address: string): boolean {
  const [plain = ''] = address.split('%')
  if (isIPv4(plain)) return insideIpv4.check(plain, 'ipv4')
  if (isIP(plain) === 0) return true
  if (nat64.check(plain, 'ipv6')) return isInside(lastIpv4(plain))
  return !publicIpv6.check(plain, 'ipv6') || insideIpv6.check(plain, 'ipv6')
}

/** Builds a list of addresses and blocks such as `10.1.0.0/16`. @throws if an entry is neither */
export function addressBlock(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', prefix] = entry.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family)
  }
  return list
}

/** Whether a string is an address or a block of addresses. */
export function isAddressBlock(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

/** Returns the IPv4 address in the last 32 bits of an IPv6 address. */
function lastIpv4(address: string): string {
  const written = /(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  if (written !== undefined) return written
  // The URL parser normalizes an address to its shortest form, in hexadecimal groups.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':').slice(-2)
  const [high = 0, low = 0] = groups.map((group) => (group === '' ? 0 : parseInt(group, 16)))
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
