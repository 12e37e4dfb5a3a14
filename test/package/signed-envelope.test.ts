import { describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { CpmError } from '../../src/core/errors.ts'
import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import {
  archiveFileName,
  MAX_ENVELOPE_BYTES,
  preAuthEncoding,
  readEnvelope,
  writeEnvelope,
  writeStatement,
} from '../../src/package/signed-envelope.ts'
import { checkPackageManifest, requireManifest } from '../../src/package/manifest.ts'
import type { Sha256, Sha512 } from '../../src/schema/digest.ts'
import { PAYLOAD_TYPE } from '../../src/schema/envelope.ts'

const SEED = Buffer.alloc(32, 1)
const OTHER_SEED = Buffer.alloc(32, 2)
const KEY = publicKeyOf(SEED)
const OTHER_KEY = publicKeyOf(OTHER_SEED)

const { manifest } = requireManifest(
  checkPackageManifest(
    'colony.yaml',
    `apiVersion: v1
name: '@ada/thumbnails'
version: 1.2.0
dependencies:
  image-tools: ^2.1.0
  gpu: { version: '>=1', optional: true, features: [cuda] }
features: { cuda: [gpu] }
conditions: { architecture: [x86_64] }
`,
    { unknownKeys: 'refuse' },
  ),
)
const contents = { tree: blake3('tree'), files: 2, size: 3, tar: { size: 2560, blake3: blake3('tar') } }
const archive = {
  size: 400,
  blake3: blake3('archive'),
  sha256: `sha256:${'a'.repeat(64)}` as Sha256,
  sha512: `sha512:${'b'.repeat(128)}` as Sha512,
  chunkSize: 262_144,
  chunkRoot: blake3('chunks'),
}
const PAYLOAD = writeStatement(manifest, contents, archive)
const GOOD = seal(PAYLOAD)
const { signatures: SIGNATURES } = JSON.parse(GOOD.toString()) as Dsse

/** Makes an envelope for any bytes with valid signatures. */
function seal(payload: Uint8Array, seeds: readonly Uint8Array[] = [SEED]): Buffer {
  const encoded = preAuthEncoding(PAYLOAD_TYPE, payload)
  return writeEnvelope(
    payload,
    seeds.map((seed) => ({ keyid: publicKeyOf(seed), sig: sign(encoded, seed) })),
  )
}

/** Returns the error code for an envelope, or 'ok'. */
function verdict(bytes: Uint8Array): string {
  try {
    readEnvelope(bytes, 'thumbnails@1.2.0')
    return 'ok'
  } catch (error) {
    if (error instanceof CpmError) return error.code
    throw error
  }
}

interface Dsse {
  payload: string
  payloadType: string
  signatures: { keyid: string; sig: string }[]
}

/** Returns the good envelope with some values changed, in canonical form. */
function changed(values: Record<string, unknown>): Buffer {
  return Buffer.from(canonicalJson({ ...(JSON.parse(GOOD.toString()) as Dsse), ...values }))
}

/** Returns the good statement with a change, and a valid signature. */
function restated(change: (statement: Record<string, unknown>, predicate: Record<string, unknown>) => void): Buffer {
  const statement = JSON.parse(PAYLOAD.toString()) as Record<string, unknown>
  change(statement, statement.predicate as Record<string, unknown>)
  return seal(Buffer.from(canonicalJson(statement)))
}

describe('a valid envelope', () => {
  test('is read back with its statement and its signer', () => {
    const { statement, signers } = readEnvelope(GOOD, 'thumbnails@1.2.0')
    expect(signers).toEqual([KEY])
    expect(statement.predicate).toMatchObject({
      ...contents,
      name: '@ada/thumbnails',
      version: '1.2.0',
      features: { cuda: ['gpu'] },
      conditions: { architecture: ['x86_64'] },
    })
    // Canonical JSON sorts its keys.
    const byName = [...manifest.dependencies].sort((a, b) => (a.name < b.name ? -1 : 1))
    expect(statement.predicate.dependencies).toEqual(byName)
    expect(statement.predicate.archives).toEqual([{ format: 'gzip', file: 'thumbnails-1.2.0.cpm', ...archive }])
    expect(archiveFileName(manifest)).toBe('thumbnails-1.2.0.cpm')
  })

  test('has less than 4 KiB and the same bytes every time', () => {
    expect(GOOD.length).toBeLessThan(4096)
    expect(seal(writeStatement(manifest, contents, archive)).equals(GOOD)).toBe(true)
  })

  test('may have signatures by several keys', () => {
    expect(readEnvelope(seal(PAYLOAD, [SEED, OTHER_SEED]), 'x').signers).toEqual([KEY, OTHER_KEY])
  })

  test('may contain fields that this cpm does not know', () => {
    expect(verdict(restated((statement) => (statement.later = { any: 'thing' })))).toBe('ok')
    expect(verdict(restated((_, predicate) => (predicate.later = [1, 2])))).toBe('ok')
  })
})

describe('signatures', () => {
  test('C01 refuses a change of any single byte of the payload', () => {
    for (let at = 0; at < PAYLOAD.length; at++) {
      const payload = Buffer.from(PAYLOAD)
      payload[at] = (payload[at] ?? 0) ^ (1 << (at % 8))
      const code = verdict(changed({ payload: payload.toString('base64') }))
      expect(code, `byte ${at}`).toBe('SIGNATURE_INVALID')
    }
  })

  test('C01 refuses a change of any single byte of the signature', () => {
    const signature = Buffer.from((JSON.parse(GOOD.toString()) as Dsse).signatures[0]?.sig ?? '', 'base64')
    expect(signature.length).toBe(64)
    for (let at = 0; at < signature.length; at++) {
      for (const flip of [1, 0x80]) {
        const bytes = Buffer.from(signature)
        bytes[at] = (bytes[at] ?? 0) ^ flip
        const sig = bytes.toString('base64')
        const code = verdict(changed({ signatures: [{ keyid: KEY, sig }] }))
        expect(code, `byte ${at}`).toBe('SIGNATURE_INVALID')
      }
    }
  })

  test('C01 refuses a change of any single byte of the file', () => {
    for (let at = 0; at < GOOD.length; at++) {
      const bytes = Buffer.from(GOOD)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      expect(verdict(bytes), `byte ${at}`).toMatch(/^(ENVELOPE|SIGNATURE)_INVALID$/)
    }
  })

  test('C01 refuses an envelope that is truncated at any byte or followed by anything', () => {
    for (let at = 0; at < GOOD.length; at++) expect(verdict(GOOD.subarray(0, at))).toBe('ENVELOPE_INVALID')
    for (const more of ['\n', ' ', '\0', '{}', GOOD.toString()])
      expect(verdict(Buffer.concat([GOOD, Buffer.from(more)]))).toBe('ENVELOPE_INVALID')
  })

  test('C01 refuses an envelope without signatures, or with an empty one', () => {
    expect(verdict(changed({ signatures: [] }))).toBe('ENVELOPE_INVALID')
    const sig = ''
    expect(verdict(changed({ signatures: [{ keyid: KEY, sig }] }))).toBe('SIGNATURE_INVALID')
    expect(verdict(changed({ signatures: undefined }))).toBe('ENVELOPE_INVALID')
    expect(verdict(changed({ signatures: null }))).toBe('ENVELOPE_INVALID')
  })

  test("C01 refuses a signature under another key's id, or of another payload", () => {
    const other = JSON.parse(seal(PAYLOAD, [OTHER_SEED]).toString()) as Dsse
    const sig = other.signatures[0]?.sig ?? ''
    expect(verdict(changed({ signatures: [{ keyid: KEY, sig }] }))).toBe('SIGNATURE_INVALID')
    const another = JSON.parse(restated((_, predicate) => (predicate.size = 4)).toString()) as Dsse
    expect(verdict(changed({ signatures: another.signatures }))).toBe('SIGNATURE_INVALID')
  })

  test('C01 refuses a signature over the bare payload, or over another type', () => {
    for (const message of [PAYLOAD, preAuthEncoding('text/plain', PAYLOAD), Buffer.from(PAYLOAD.toString('base64'))]) {
      const bytes = writeEnvelope(PAYLOAD, [{ keyid: KEY, sig: sign(message, SEED) }])
      expect(verdict(bytes)).toBe('SIGNATURE_INVALID')
    }
  })

  test('C01 refuses an envelope if any signature is invalid', () => {
    const sig = Buffer.alloc(64).toString('base64')
    for (const extra of [
      { keyid: OTHER_KEY, sig },
      { keyid: KEY, sig },
    ])
      expect(verdict(changed({ signatures: [...SIGNATURES, extra] }))).not.toBe('ok')
  })

  test('C06 refuses two signatures by the same key', () => {
    expect(verdict(seal(PAYLOAD, [SEED, SEED]))).toBe('ENVELOPE_INVALID')
  })

  test("C11 refuses keys that can't be admitted", () => {
    const keyid = `01${'00'.repeat(31)}`
    const sig = Buffer.concat([Buffer.from(keyid, 'hex'), Buffer.alloc(32)]).toString('base64')
    expect(verdict(changed({ signatures: [{ keyid, sig }] }))).toBe('SIGNATURE_INVALID')
    const upper = KEY.toUpperCase()
    const signatures = SIGNATURES.map((entry) => ({ ...entry, keyid: upper }))
    expect(verdict(changed({ signatures }))).toBe('ENVELOPE_INVALID')
  })
})

describe('the form of an envelope', () => {
  test('C12 refuses another type of payload, statement or predicate', () => {
    expect(verdict(changed({ payloadType: 'application/json' }))).toBe('ENVELOPE_INVALID')
    expect(verdict(restated((statement) => (statement._type = 'https://in-toto.io/Statement/v0.1')))).not.toBe('ok')
    expect(verdict(restated((statement) => (statement.predicateType = 'urn:other')))).toBe('ENVELOPE_INVALID')
  })

  test('refuses anything that is not an envelope', () => {
    for (const text of ['', 'null', '[]', '{}', '""', '0', 'garbage', '['.repeat(100_000), '\ufeff' + GOOD.toString()])
      expect(verdict(Buffer.from(text)), text.slice(0, 20)).toBe('ENVELOPE_INVALID')
    expect(verdict(Buffer.from([0xff, 0xfe]))).toBe('ENVELOPE_INVALID')
    expect(verdict(Buffer.alloc(MAX_ENVELOPE_BYTES + 1, ' '))).toBe('ENVELOPE_INVALID')
  })

  test('refuses unknown keys next to the payload, because they are not signed', () => {
    expect(verdict(changed({ note: 'x' }))).toBe('ENVELOPE_INVALID')
    expect(verdict(changed({ signatures: SIGNATURES.map((entry) => ({ ...entry, cert: 'x' })) }))).not.toBe('ok')
  })

  test('refuses non-canonical base64', () => {
    const spellings = (text: string) => [
      text.replace(/=+$/, ''),
      `${text}=`,
      `${text}\n`,
      ` ${text}`,
      text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
      // Set the bits that padding leaves unused.
      text.replace(/(.)(=+)$/, (_, last: string, pad: string) => nextLetter(last) + pad),
    ]
    const { payload, signatures } = JSON.parse(GOOD.toString()) as Dsse
    const sig = signatures[0]?.sig ?? ''
    for (const other of spellings(sig)) {
      expect(other).not.toBe(sig)
      expect(verdict(changed({ signatures: [{ keyid: KEY, sig: other }] }))).not.toBe('ok')
    }
    for (const other of spellings(payload)) {
      if (other === payload) continue
      expect(verdict(changed({ payload: other }))).not.toBe('ok')
    }
  })

  test('refuses a payload with a duplicate key', () => {
    const text = PAYLOAD.toString()
    const doubled = [
      text.replace('"version":"1.2.0"', '"version":"1.2.0","version":"1.2.0"'),
      text.replace('"version":"1.2.0"', '"version":"9.9.9","version":"1.2.0"'),
      text.replace('"version":"1.2.0"', '"version":"1.2.0","versi\\u006fn":"9.9.9"'),
      text.replace('{"_type"', '{"predicate":{},"_type"'),
    ]
    for (const payload of doubled) {
      expect(payload).not.toBe(text)
      expect(verdict(seal(Buffer.from(payload)))).toBe('ENVELOPE_INVALID')
    }
  })

  test('refuses a payload that is not canonical JSON', () => {
    const text = PAYLOAD.toString()
    const statement = JSON.parse(text) as Record<string, unknown>
    const reversed = Object.fromEntries(Object.entries(statement).reverse())
    const spellings = [
      ...[`${text} `, `${text}\n`, ` ${text}`, JSON.stringify(statement, null, 1), JSON.stringify(reversed)],
      ...[`\ufeff${text}`, text.replace('"files":2', '"files":2.0'), text.replace('"files":2', '"files":2e0')],
      ...[text.replace('"files":2', '"files":02'), text.replace('thumbnails', '\\u0074humbnails')],
      ...[text.replace('/', '\\/'), `${text}{}`, text.slice(0, -1), text.replace('"files":2', '"files":-0')],
    ]
    for (const payload of spellings) {
      expect(payload).not.toBe(text)
      expect(verdict(seal(Buffer.from(payload))), payload.slice(0, 60)).toBe('ENVELOPE_INVALID')
    }
    expect(verdict(seal(Buffer.concat([PAYLOAD.subarray(0, 20), Buffer.from([0xff]), PAYLOAD.subarray(20)])))).not.toBe(
      'ok',
    )
  })

  test('refuses a value of the wrong type in any field of the statement', () => {
    const odd: unknown[] = [null, true, -1, 1.5, '', '!', [], {}, [[[]]], '../../x', { constructor: '!' }]
    const base = JSON.parse(PAYLOAD.toString()) as { predicate: Record<string, unknown> }
    for (const field of Object.keys(base.predicate)) {
      for (const value of odd) {
        if (typeof value === 'number' && !Number.isInteger(value)) continue
        const bytes = restated((_, predicate) => (predicate[field] = value))
        const allowed = isEmptyMapOrList(field, value)
        expect(verdict(bytes), `${field} = ${JSON.stringify(value)}`).toBe(allowed ? 'ok' : 'ENVELOPE_INVALID')
      }
      const without = restated((_, predicate) => Reflect.deleteProperty(predicate, field))
      expect(verdict(without), `without ${field}`).toBe('ENVELOPE_INVALID')
    }
  })

  test('B01 refuses invalid names and versions', () => {
    for (const name of [
      '..',
      '../x',
      '@a/../b',
      'a/b',
      'A',
      '',
      'a\\b',
      'a%2fb',
      '@a',
      '@a/',
      '-a',
      'a'.repeat(101),
      'a\n',
    ])
      expect(verdict(restated((_, predicate) => (predicate.name = name))), name).toBe('ENVELOPE_INVALID')
    for (const version of ['1', '1.0', 'v1.0.0', '1.0.0+x', '../1.0.0', '01.0.0', '', '1.0.0-', ' 1.0.0', 'latest'])
      expect(verdict(restated((_, predicate) => (predicate.version = version))), version).toBe('ENVELOPE_INVALID')
  })

  test('B11 is safe with keys that are special in JavaScript', () => {
    const proto = PAYLOAD.toString().replace('"dependencies":{', '"dependencies":{"__proto__":{"version":"^1.0.0"},')
    if (verdict(seal(Buffer.from(proto))) === 'ok') {
      const { dependencies } = readEnvelope(seal(Buffer.from(proto)), 'x').statement.predicate
      expect(dependencies.map(({ name }) => name)).toEqual(['gpu', 'image-tools'])
    }
    const named = restated((_, predicate) => (predicate.dependencies = { constructor: '^1.0.0', valueof: '*' }))
    const { dependencies } = readEnvelope(named, 'x').statement.predicate
    expect(dependencies.map(({ name }) => name)).toEqual(['constructor', 'valueof'])
    expect(({} as Record<string, unknown>).version).toBeUndefined()
  })

  test('C12 refuses a subject whose digests differ from the archive', () => {
    const change = (values: Record<string, unknown>, more: unknown[] = []) =>
      verdict(
        restated((statement) => {
          const [first] = statement.subject as { digest: object }[]
          const digest = { ...first?.digest, ...(values.digest as object | undefined) }
          statement.subject = [{ ...first, ...values, digest }, ...more]
        }),
      )
    expect(change({})).toBe('ok')
    expect(change({ name: 'other-1.2.0.cpm' })).toBe('ENVELOPE_INVALID')
    for (const algorithm of ['blake3', 'sha256', 'sha512']) {
      expect(change({ digest: { [algorithm]: 'c'.repeat(64) } })).toBe('ENVELOPE_INVALID')
      expect(change({ digest: { [algorithm]: undefined } })).toBe('ENVELOPE_INVALID')
    }
    expect(change({}, [{ name: 'more', digest: {} }])).toBe('ENVELOPE_INVALID')
    expect(verdict(restated((statement) => (statement.subject = [])))).toBe('ENVELOPE_INVALID')
    // A digest with an unknown algorithm is ignored.
    expect(change({ digest: { md5: 'x' } })).toBe('ok')
  })

  test('uses the pre-authentication encoding of DSSE', () => {
    expect(preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    )
    expect(preAuthEncoding('ü', Buffer.from('ü')).toString()).toBe('DSSEv1 2 ü 2 ü')
  })
})

/** Returns whether a field accepts an empty value. */
function isEmptyMapOrList(field: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 && field === 'dependencies'
  if (value === null || typeof value !== 'object' || Object.keys(value).length > 0) return false
  return ['dependencies', 'features', 'conditions'].includes(field)
}

function nextLetter(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1)
}
