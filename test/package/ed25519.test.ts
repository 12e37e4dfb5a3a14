import { createHash, createPublicKey, verify as nodeVerify } from 'node:crypto'
import { getPublicKey, hashes, Point, sign as nobleSign, utils, verify as nobleVerify } from '@noble/ed25519'
import { describe, expect, test } from 'vitest'
import { isAdmissibleKey, publicKeyOf, sign, verify } from '../../src/package/ed25519.ts'
import type { KeyId } from '../../src/schema/digest.ts'

// noble needs a synchronous SHA-512; Node's own keeps the two implementations independent.
hashes.sha512 = (bytes) => Uint8Array.from(sha512(bytes))

const L = Point.CURVE().n
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const SEED = Buffer.alloc(32, 5)
const KEY = publicKeyOf(SEED)
const MESSAGE = Buffer.from('message')
const SECRET = utils.getExtendedPublicKey(SEED)

/** RFC 8032, 7.1 */
const RFC_VECTORS: [name: string, seed: string, key: string, message: string, signature: string][] = [
  [
    'TEST 1',
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    'TEST 2',
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'TEST 3',
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
  [
    'TEST SHA(abc)',
    '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
    sha512(Buffer.from('abc')).toString('hex'),
    'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704',
  ],
]

describe('RFC 8032', () => {
  test.each(RFC_VECTORS)('makes and accepts the signature of %s', (_, seed, key, message, signature) => {
    const [secret, bytes] = [Buffer.from(seed, 'hex'), Buffer.from(message, 'hex')]
    expect(publicKeyOf(secret)).toBe(key)
    expect(Buffer.from(sign(bytes, secret)).toString('hex')).toBe(signature)
    expect(verify(Buffer.from(signature, 'hex'), bytes, key as KeyId)).toBe(true)
  })

  test('agrees with noble about keys and signatures of many seeds', () => {
    for (let i = 0; i < 20; i++) {
      const seed = createHash('sha256').update(String(i)).digest()
      const message = Buffer.alloc(i * 7, i)
      expect(publicKeyOf(seed)).toBe(hex(getPublicKey(seed)))
      expect(hex(sign(message, seed))).toBe(hex(nobleSign(message, seed)))
      expect(verify(nobleSign(message, seed), message, publicKeyOf(seed))).toBe(true)
    }
  })

  test('refuses a signature, message or key with any bit flipped', () => {
    const signature = sign(MESSAGE, SEED)
    for (let bit = 0; bit < 512; bit++) expect(verify(flip(signature, bit), MESSAGE, KEY), `bit ${bit}`).toBe(false)
    for (let bit = 0; bit < MESSAGE.length * 8; bit++) expect(verify(signature, flip(MESSAGE, bit), KEY)).toBe(false)
    for (let bit = 0; bit < 256; bit++) {
      const key = hex(flip(Buffer.from(KEY, 'hex'), bit)) as KeyId
      expect(verify(signature, MESSAGE, key), `bit ${bit} of the key`).toBe(false)
    }
  })

  test('returns false, and does not throw, for malformed signatures and keys', () => {
    const signature = sign(MESSAGE, SEED)
    for (const length of [0, 1, 32, 63, 65, 128]) {
      const bytes = Buffer.alloc(length)
      bytes.set(signature.subarray(0, Math.min(64, length)))
      expect(verify(bytes, MESSAGE, KEY)).toBe(false)
    }
    for (const key of ['', '00', KEY.slice(2), `${KEY}00`, 'zz'.repeat(32), `0x${KEY.slice(2)}`, '__proto__'])
      expect(verify(signature, MESSAGE, key as KeyId), key).toBe(false)
  })
})

// The edge cases of "Taming the many EdDSAs", with the verdicts of node:crypto alone and of noble's strict mode. Ours
// is Node's verdict after noble's check of the key, which is at least as strict as either.

const ORDER_8 = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
const TORSION = Array.from({ length: 8 }, (_, i) => (i === 0 ? Point.ZERO : ORDER_8.multiplyUnsafe(BigInt(i))))

/** Encodings with y >= p, or with a sign on x = 0, that lenient readers accept as points of small order. */
const NOT_CANONICAL = [
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

describe('keys', () => {
  test('C11 knows the eight points of small order', () => {
    expect(TORSION.map((point) => point.toHex()).sort()).toEqual(
      [
        '0000000000000000000000000000000000000000000000000000000000000000',
        '0000000000000000000000000000000000000000000000000000000000000080',
        '0100000000000000000000000000000000000000000000000000000000000000',
        'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
        '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
        '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
        'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
        'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
      ].sort(),
    )
  })

  test('C11 refuses a key of small order, for which node alone accepts one signature for many messages', () => {
    const forged = Buffer.concat([Point.ZERO.toBytes(), scalar(0n)])
    let acceptedByNode = 0
    for (const point of TORSION) {
      for (let i = 0; i < 16; i++) {
        const message = Buffer.from(`message ${i}`)
        expect(verdicts(forged, message, point.toHex())).toMatchObject({ ours: false, noble: false })
        if (verdicts(forged, message, point.toHex()).node) acceptedByNode++
      }
      expect(isAdmissibleKey(point.toHex())).toBe(false)
    }
    // This is why the check of the key exists.
    expect(acceptedByNode).toBeGreaterThan(8)
  })

  test('C11 refuses a key that is not canonically encoded', () => {
    const forged = Buffer.concat([Point.ZERO.toBytes(), scalar(0n)])
    for (const key of NOT_CANONICAL) {
      expect(isAdmissibleKey(key), key).toBe(false)
      expect(verdicts(forged, MESSAGE, key), key).toMatchObject({ ours: false, noble: false })
    }
    // y = p + 3 … p + 18, which a reader that reduces would take for 3 … 18.
    for (let low = 0xf0; low <= 0xff; low++)
      for (const top of ['7f', 'ff']) expect(isAdmissibleKey(low.toString(16) + 'ff'.repeat(30) + top)).toBe(false)
  })

  test('C11 refuses a key that is not a point on the curve', () => {
    expect(isAdmissibleKey(`02${'00'.repeat(31)}`)).toBe(false)
    expect(isAdmissibleKey(`07${'00'.repeat(31)}`)).toBe(false)
  })

  test('C11 refuses a key of mixed order, of which node and noble accept some signatures', () => {
    for (const point of TORSION.slice(1)) {
      const key = SECRET.point.add(point).toHex()
      const r = 12345n
      const commitment = Point.BASE.multiply(r).toBytes()
      // If the challenge is a multiple of eight, the component of small order vanishes.
      const message = search((candidate) => challenge(commitment, key, candidate) % 8n === 0n)
      const s = (r + challenge(commitment, key, message) * SECRET.scalar) % L
      const signature = Buffer.concat([commitment, scalar(s)])
      expect(verdicts(signature, message, key)).toEqual({ ours: false, node: true, noble: true })
      expect(isAdmissibleKey(key)).toBe(false)
    }
  })

  test('admits ordinary keys', () => {
    for (let i = 0; i < 20; i++) expect(isAdmissibleKey(publicKeyOf(Buffer.alloc(32, i)))).toBe(true)
  })
})

describe('signatures', () => {
  const good = Buffer.from(sign(MESSAGE, SEED))
  const commitment = good.subarray(0, 32)
  const s = number(good.subarray(32))

  test('C11 refuses S + L, a second encoding of the same signature, as node and noble do', () => {
    expect(verdicts(good, MESSAGE, KEY)).toEqual({ ours: true, node: true, noble: true })
    for (const other of [s + L, s + 2n * L, s + 8n * L, L, 2n ** 255n + s, 2n ** 256n - 1n]) {
      const signature = Buffer.concat([commitment, scalar(other)])
      expect(verdicts(signature, MESSAGE, KEY), String(other)).toEqual({ ours: false, node: false, noble: false })
    }
    // S = L alone would verify as S = 0.
    const neutral = Buffer.concat([Point.ZERO.toBytes(), scalar(L)])
    expect(verdicts(neutral, MESSAGE, KEY)).toEqual({ ours: false, node: false, noble: false })
  })

  test('C11 refuses an R that is not canonically encoded, as node and noble do', () => {
    for (const encoding of NOT_CANONICAL) {
      const r = Buffer.from(encoding, 'hex')
      const signature = Buffer.concat([r, scalar((challenge(r, KEY, MESSAGE) * SECRET.scalar) % L)])
      expect(verdicts(signature, MESSAGE, KEY), encoding).toEqual({ ours: false, node: false, noble: false })
    }
  })

  test('C11 refuses an R with a component of small order, which noble multiplies away', () => {
    for (const [order, point] of TORSION.entries()) {
      for (const base of [Point.ZERO, Point.BASE.multiply(77n)]) {
        const secret = base.is0() ? 0n : 77n
        const r = base.add(point).toBytes()
        const signature = Buffer.concat([r, scalar((secret + challenge(r, KEY, MESSAGE) * SECRET.scalar) % L)])
        const pure = order === 0
        expect(verdicts(signature, MESSAGE, KEY), `torsion ${order}`).toEqual({ ours: pure, node: pure, noble: true })
      }
    }
  })

  test('C11 refuses zeros', () => {
    expect(verdicts(Buffer.alloc(64), MESSAGE, KEY)).toEqual({ ours: false, node: false, noble: false })
    const zeroS = Buffer.concat([commitment, scalar(0n)])
    expect(verdicts(zeroS, MESSAGE, KEY)).toEqual({ ours: false, node: false, noble: false })
  })
})

/** The verdicts of the three implementations. Throwing counts as a refusal. */
function verdicts(signature: Uint8Array, message: Uint8Array, key: string) {
  const says = (check: () => boolean): boolean => {
    try {
      return check()
    } catch {
      return false
    }
  }
  const bytes = Buffer.from(key, 'hex')
  const object = () => createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' })
  return {
    ours: verify(signature, message, key as KeyId),
    node: says(() => nodeVerify(null, message, object(), signature)),
    noble: says(() => nobleVerify(signature, message, bytes, { zip215: false })),
  }
}

function sha512(bytes: Uint8Array): Buffer {
  return createHash('sha512').update(bytes).digest()
}

function challenge(commitment: Uint8Array, key: string, message: Uint8Array): bigint {
  return number(sha512(Buffer.concat([commitment, Buffer.from(key, 'hex'), message]))) % L
}

function search(fits: (candidate: Buffer) => boolean): Buffer {
  for (let i = 0; ; i++) if (fits(Buffer.from(`message ${i}`))) return Buffer.from(`message ${i}`)
}

/** 32 bytes, little-endian. */
function scalar(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}

function flip(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
