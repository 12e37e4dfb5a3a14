import { isIPv6 } from 'node:net'

/**
 * Returns the key that a client is counted under. An IPv6 subscriber can send from a whole /64, so a /64 is one client.
 * An IPv4 address that is written as IPv6 counts as the IPv4 address. Headers don't matter: anybody can send them.
 */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  return isIPv6(plain) ? `${firstGroups(plain).join(':')}::/64` : plain
}

/** Returns the first four groups of an IPv6 address, without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = '', tail = ''] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? Array.from({ length: 8 - before.length - after.length }, () => '0') : []
  return [...before, ...zeros, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16))
}
