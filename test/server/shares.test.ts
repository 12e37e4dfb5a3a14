import { describe, expect, test } from 'vitest'
import { clientKey } from '../../server/http/client-address.ts'
import {
  MOST_SLOWED_AT_ONCE,
  MOST_WRONG_TOKENS_COUNTED,
  WRONG_TOKENS_FORGOTTEN_AFTER,
} from '../../server/http/limits.ts'
import { Shares } from '../../server/http/shares.ts'
import { FREE_WRONG_TOKENS, WrongTokens } from '../../server/http/wrong-tokens.ts'

const busy = (text: string) => expect.objectContaining({ code: 'REGISTRY_BUSY', message: text }) as Error

describe('E17 shared slots', () => {
  const limits = { total: 6, ofOneAddress: 4, ofOneToken: 2 }

  test('leave room for other tokens and addresses, however many one of them takes', () => {
    const shares = new Shares(limits, 'publications')
    const take = (token: string | undefined, address: string) => shares.take({ token, address })
    take('t1', 'a1')
    const back = take('t1', 'a2')
    expect(() => take('t1', 'a3')).toThrow(busy('2 publications with your token are already in progress'))
    take('t2', 'a1')
    take('t3', 'a1')
    take(undefined, 'a1')
    expect(() => take('t4', 'a1')).toThrow(busy('4 publications from your address are already in progress'))
    take('t4', 'a2')
    expect(() => take('t5', 'a5')).toThrow(busy('6 publications are already in progress'))
    back()
    back()
    take('t1', 'a6')
    expect(() => take('t5', 'a5')).toThrow(busy('6 publications are already in progress'))
  })

  test('count an IPv6 subscriber as one client, and an IPv4 address the same in any notation', () => {
    expect(clientKey('::ffff:192.0.2.7')).toBe('192.0.2.7')
    expect(clientKey('192.0.2.7')).toBe('192.0.2.7')
    expect(clientKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(clientKey('2001:db8:1:2::1')).toBe(clientKey('2001:db8:1:2:ffff::9'))
    expect(clientKey('2001:db8:1:3::1')).not.toBe(clientKey('2001:db8:1:2::1'))
    expect(clientKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64')
    expect(clientKey('::1')).toBe('0:0:0:0::/64')
    expect(clientKey(undefined)).toBe('unknown')
  })
})

describe('E10 wrong tokens', () => {
  test('are delayed more and more, until their address has been quiet for a while', () => {
    let now = 0
    const wrongTokens = new WrongTokens(() => now)
    for (let i = 0; i < FREE_WRONG_TOKENS; i++) expect(wrongTokens.note('a')).toBe(0)
    const waits = Array.from({ length: 8 }, () => wrongTokens.note('a'))
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000])
    expect(wrongTokens.note('b')).toBe(0)
    now += WRONG_TOKENS_FORGOTTEN_AFTER + 1
    expect(wrongTokens.note('a')).toBe(0)
  })

  test('take bounded memory for any number of addresses', () => {
    const wrongTokens = new WrongTokens(() => 0)
    for (let i = 0; i < MOST_WRONG_TOKENS_COUNTED + 500; i++) wrongTokens.note(`a${i}`)
    expect(wrongTokens.size).toBe(MOST_WRONG_TOKENS_COUNTED)
  })

  test('have a bounded number of delayed responses', async () => {
    const wrongTokens = new WrongTokens(() => 0)
    for (let i = 0; i < FREE_WRONG_TOKENS; i++) wrongTokens.note('a')
    const all = Array.from({ length: MOST_SLOWED_AT_ONCE + 3 }, () => wrongTokens.slow('a'))
    expect(await Promise.all(all.slice(MOST_SLOWED_AT_ONCE))).toEqual([false, false, false])
    expect(await all[0]).toBe(true)
  })
})
