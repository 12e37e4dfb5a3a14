import dns from 'node:dns'
import type { LookupFunction } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isInside } from '../../src/registry-client/inside-addresses.ts'
import { RedirectGuard, type RedirectRule } from '../../src/registry-client/redirect-guard.ts'

const INSIDE = [
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '169.254.169.254',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::1',
  '100::1',
  '2001:0:a00:1::1',
  '2001:db8::1',
  '2002:7f00:1::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  'not an address',
]
const PUBLIC = [
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '193.0.0.1',
  '2606:4700::1111',
  '64:ff9b::101:101',
]

describe('E06 an address', () => {
  test.each(INSIDE)('%s is inside', (address) => {
    expect(isInside(address)).toBe(true)
  })
  test.each(PUBLIC)('%s is on the public internet', (address) => {
    expect(isInside(address)).toBe(false)
  })
})

/** Mocks DNS: each lookup of a name returns the next answer, like a rebinding attack. */
function nameServer(answers: Record<string, string[][]>) {
  const next = (name: string) => {
    const [first, ...others] = answers[name] ?? []
    if (!first) return undefined
    if (others.length > 0) answers[name] = others
    return first.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  const missing = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' })
  vi.spyOn(dns.promises, 'lookup').mockImplementation(((name: string) => {
    const found = next(name)
    return found ? Promise.resolve(found) : Promise.reject(missing)
  }) as never)
  vi.spyOn(dns, 'lookup').mockImplementation(((
    name: string,
    _options: unknown,
    callback: (...all: unknown[]) => void,
  ) => {
    const found = next(name)
    callback(found ? null : missing, found)
  }) as never)
}

const guard = (base: string, rule: RedirectRule, allowed: string[] = []) =>
  new RedirectGuard({ base: new URL(base), rule, allowed })
const found = (lookup: LookupFunction, name: string) =>
  new Promise((resolve) => {
    lookup(name, { all: true }, (error, addresses) => {
      resolve(error ? error.code : addresses)
    })
  })

describe('E06 a redirect', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('is not guarded on the host and port that the operator named, but is on its other ports', async () => {
    const strict = guard('http://127.0.0.1:8080/team/', 'public only')
    expect(await strict.guards(new URL('http://127.0.0.1:8080/elsewhere'))).toBe(false)
    expect(await strict.guards(new URL('http://127.0.0.1:9090/'))).toBe(true)
  })

  test('connects only to checked addresses, even if the name resolves to others a moment later', async () => {
    nameServer({ 'rebinding.example': [['1.1.1.1'], ['127.0.0.1']] })
    const strict = guard('https://registry.example/', 'public only')
    await strict.require(new URL('https://rebinding.example/'))
    expect(await found(strict.lookup, 'rebinding.example')).toBe('EACCES')
  })

  test('uses only the public ones of several addresses', async () => {
    nameServer({ 'both.example': [['10.0.0.1', '1.1.1.1']] })
    const strict = guard('https://registry.example/', 'public only')
    expect(await found(strict.lookup, 'both.example')).toEqual([{ address: '1.1.1.1', family: 4 }])
  })

  test('may lead inside if the settings allow the host, its address or its block', async () => {
    nameServer({ 'minio.internal': [['10.1.2.3']] })
    const to = new URL('http://minio.internal/x')
    const refused = expect.objectContaining({ code: 'REGISTRY_MISBEHAVED' }) as Error
    await expect(guard('https://a.example/', 'public only').require(to)).rejects.toThrow(refused)
    await guard('https://a.example/', 'public only', ['10.1.0.0/16']).require(to)
    await guard('https://a.example/', 'public only', ['10.1.2.3']).require(to)
    expect(await guard('https://a.example/', 'public only', ['minio.internal']).guards(to)).toBe(false)
    await expect(guard('https://a.example/', 'public only', ['10.2.0.0/16']).require(to)).rejects.toThrow(refused)
  })

  test('from a registry inside may lead users inside; one from a public registry may not', async () => {
    nameServer({ 'registry.corp': [['10.0.0.5']], 'registry.example': [['1.1.1.1']] })
    const to = new URL('http://192.168.0.1/')
    expect(await guard('http://registry.corp/', 'as far inside as the registry').guards(to)).toBe(false)
    expect(await guard('http://registry.corp/', 'public only').guards(to)).toBe(true)
    expect(await guard('http://registry.example/', 'as far inside as the registry').guards(to)).toBe(true)
  })

  test('to a host without an address is left to the proxy for users, and refused by a server', async () => {
    nameServer({})
    const to = new URL('http://unknown.example/')
    await guard('https://registry.example/', 'as far inside as the registry').require(to)
    await expect(guard('https://registry.example/', 'public only').require(to)).rejects.toThrow(/public internet/)
  })
})
