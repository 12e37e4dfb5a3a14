import { isIPv6 } from 'node:net'

/**
 * What stands for one client where clients are counted. A subscriber of IPv6 has a whole /64 to send from, so that is one client; an IPv4
 * address written as IPv6 is the IPv4 address. Headers are not asked: anybody can send them.
 */
export function clientKey(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  const [plain = ''] = address.split('%')
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  return isIPv6(plain) ? `${firstGroups(plain).join(':')}::/64` : plain
}

/** The first four groups of an IPv6 address, without leading zeros. */
function firstGroups(address: string): string[] {
  const [head = '', tail = ''] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = address.includes('::') ? Array.from({ length: 8 - before.length - after.length }, () => '0') : []
  return [...before, ...zeros, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16))
}
