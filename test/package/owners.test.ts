import { describe, expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { CpmError } from '../../src/core/errors.ts'
import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import {
  type DecidingSet,
  firstOwnersRecord,
  nextOwnersRecord,
  ownersPayload,
  readOwnersChain,
  whoMaySign,
  writeOwnersLine,
} from '../../src/package/owners.ts'
import type { KeyId } from '../../src/schema/digest.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { OwnersRecord } from '../../src/schema/owners.ts'

const NAME = 'thumbnails' as PackageName
const [ADA, BOB, EVE] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer, Buffer]
const [ada, bob, eve] = [ADA, BOB, EVE].map((seed) => publicKeyOf(seed)) as [KeyId, KeyId, KeyId]

function line(record: OwnersRecord, seed: Uint8Array): string {
  return writeOwnersLine(record, publicKeyOf(seed), sign(ownersPayload(record), seed))
}

const FIRST = firstOwnersRecord(NAME, ada)
const FIRST_LINE = line(FIRST, ADA)
const SECOND: OwnersRecord = { v: 1, name: NAME, number: 2, previous: blake3(FIRST_LINE), keys: [ada, bob] }
const SECOND_LINE = line(SECOND, ADA)
const THIRD: OwnersRecord = { v: 1, name: NAME, number: 3, previous: blake3(SECOND_LINE), keys: [bob] }
const THIRD_LINE = line(THIRD, BOB)

function chain(...lines: string[]): string {
  return lines.map((text) => `${text}\n`).join('')
}

function verdict(text: string, name = NAME): string {
  try {
    return `${readOwnersChain(name, text).length} records`
  } catch (error) {
    if (error instanceof CpmError) return error.code
    throw error
  }
}

describe('a chain of owners', () => {
  test('consists of records, each signed by a key of the previous set', () => {
    expect(readOwnersChain(NAME, chain(FIRST_LINE, SECOND_LINE, THIRD_LINE))).toMatchObject([FIRST, SECOND, THIRD])
  })

  test('ignores an unterminated last line, which is still being written', () => {
    const text = chain(FIRST_LINE, SECOND_LINE)
    for (let at = FIRST_LINE.length + 1; at < text.length; at++) expect(verdict(text.slice(0, at))).toBe('1 records')
    expect(verdict(text)).toBe('2 records')
    expect(verdict('')).toBe('0 records')
    expect(verdict(FIRST_LINE)).toBe('0 records')
  })

  test('continues with the next number and the digest of the last complete line', () => {
    expect(nextOwnersRecord(NAME, chain(FIRST_LINE), [bob, ada])).toEqual({ ...SECOND, keys: [ada, bob].sort() })
    expect(nextOwnersRecord(NAME, chain(FIRST_LINE, SECOND_LINE), [bob])).toEqual(THIRD)
    expect(nextOwnersRecord(NAME, chain(FIRST_LINE, SECOND_LINE) + THIRD_LINE.slice(0, 9), [bob])).toEqual(THIRD)
  })

  test('C01 refuses a change of any byte of a complete line', () => {
    const text = chain(FIRST_LINE, SECOND_LINE)
    for (let at = 0; at < text.length - 1; at++) {
      if (text[at] === '\n') continue
      const bytes = Buffer.from(text)
      bytes[at] = (bytes[at] ?? 0) ^ 1
      expect(verdict(bytes.toString('latin1')), `byte ${at}`).toBe('OWNER_MISMATCH')
    }
  })

  test('C10 refuses a set that no previous owner signed', () => {
    const stolen: OwnersRecord = { ...SECOND, keys: [eve] }
    expect(verdict(chain(FIRST_LINE, line(stolen, EVE)))).toBe('OWNER_MISMATCH')
    // Bob is an owner from the second record on, but can't sign that record himself.
    expect(verdict(chain(FIRST_LINE, line(SECOND, BOB)))).toBe('OWNER_MISMATCH')
    // Ada is no longer an owner after the third record.
    const later: OwnersRecord = { ...THIRD, number: 4, previous: blake3(THIRD_LINE), keys: [ada] }
    expect(verdict(chain(FIRST_LINE, SECOND_LINE, THIRD_LINE, line(later, ADA)))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(FIRST_LINE, SECOND_LINE, THIRD_LINE, line(later, BOB)))).toBe('4 records')
  })

  test("C10 refuses somebody else's signature under an owner's key id", () => {
    const forged = writeOwnersLine(
      { ...SECOND, keys: [eve] },
      ada,
      sign(ownersPayload({ ...SECOND, keys: [eve] }), EVE),
    )
    expect(verdict(chain(FIRST_LINE, forged))).toBe('OWNER_MISMATCH')
  })

  test('refuses a chain with a missing, repeated, swapped or foreign record', () => {
    expect(verdict(chain(SECOND_LINE))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(FIRST_LINE, THIRD_LINE))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(FIRST_LINE, FIRST_LINE))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(SECOND_LINE, FIRST_LINE))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(FIRST_LINE), 'other' as PackageName)).toBe('OWNER_MISMATCH')
    const other = line({ ...SECOND, name: 'other' as PackageName }, ADA)
    expect(verdict(chain(FIRST_LINE, other))).toBe('OWNER_MISMATCH')
  })

  test('refuses a wrong number or a wrong previous digest, signed or not', () => {
    for (const wrong of [{ number: 1 }, { number: 3 }, { previous: null }, { previous: blake3('other') }])
      expect(verdict(chain(FIRST_LINE, line({ ...SECOND, ...wrong }, ADA)))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(line({ ...FIRST, previous: blake3('x') }, ADA)))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(line({ ...FIRST, number: 2 }, ADA)))).toBe('OWNER_MISMATCH')
  })

  test('C06 refuses an empty set, a duplicate key, and a first record with several keys', () => {
    expect(verdict(chain(FIRST_LINE, line({ ...SECOND, keys: [] }, ADA)))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(FIRST_LINE, line({ ...SECOND, keys: [ada, ada] }, ADA)))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(line({ ...FIRST, keys: [ada, bob] }, ADA)))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(line({ ...FIRST, keys: [bob] }, ADA)))).toBe('OWNER_MISMATCH')
  })

  test('refuses lines that are not canonical JSON, blank lines, and unknown fields', () => {
    const object = JSON.parse(FIRST_LINE) as Record<string, unknown>
    for (const text of [
      '',
      ' ',
      '{}',
      'null',
      '[]',
      `${FIRST_LINE} `,
      `\ufeff${FIRST_LINE}`,
      JSON.stringify(object, null, 1),
    ])
      expect(verdict(chain(text)), text).toBe('OWNER_MISMATCH')
    expect(verdict(chain(FIRST_LINE, ''))).toBe('OWNER_MISMATCH')
    expect(verdict(chain(canonicalJson({ ...object, extra: 1 })))).toBe('OWNER_MISMATCH')
    expect(verdict(`${FIRST_LINE}\r\n`)).toBe('OWNER_MISMATCH')
  })

  test('C11 refuses a signature in non-canonical base64', () => {
    const { sig } = JSON.parse(FIRST_LINE) as { sig: string }
    const last = sig.at(-3) ?? ''
    // The base64 of 64 bytes leaves four bits of its last letter unused.
    const other = `${sig.slice(0, -3)}${String.fromCharCode(last.charCodeAt(0) + 1)}==`
    expect(Buffer.from(other, 'base64').equals(Buffer.from(sig, 'base64'))).toBe(true)
    expect(verdict(chain(FIRST_LINE.replace(sig, other)))).toBe('OWNER_MISMATCH')
  })
})

describe('the right to sign', () => {
  const owners = readOwnersChain(NAME, chain(FIRST_LINE, SECOND_LINE, THIRD_LINE))

  test.each<[set: DecidingSet, signers: KeyId[], rightful: KeyId[], records: number]>([
    [1, [ada, bob], [ada], 1],
    [2, [bob, ada], [bob, ada], 2],
    [3, [ada], [], 0],
    [4, [bob], [], 0],
    ['newest', [ada, bob], [bob], 3],
    ['newest', [ada], [], 0],
    ['any', [ada], [ada], 2],
    ['any', [eve, bob], [bob], 3],
    ['any', [eve], [], 0],
    ['any', [], [], 0],
  ])('is decided by set %s for the signers %j', (set, signers, rightful, records) => {
    expect(whoMaySign(owners, signers, set)).toMatchObject({ rightful, chain: owners.slice(0, records) })
  })

  test("is nobody's if a name has no owners", () => {
    for (const set of [1, 'newest', 'any'] as const)
      expect(whoMaySign([], [ada], set)).toEqual({ rightful: [], owners: [], chain: [] })
  })
})
