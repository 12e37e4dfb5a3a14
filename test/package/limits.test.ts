import { describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import { DEFAULT_LIMITS, refuseTooLarge, unpackedLimit } from '../../src/package/limits.ts'

const MiB = 1024 * 1024
const { files, packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS

/** What is said of an archive that is packed; nothing where readers would unpack it. */
function refusal({ files: count = 1, unpacked = 1, packed = 1 }): string {
  try {
    refuseTooLarge({ files: count, tar: { size: unpacked } }, packed, ['big.dat'])
    return ''
  } catch (error) {
    if (error instanceof CpmError && error.code === 'ARCHIVE_TOO_LARGE') return error.message
    throw error
  }
}

describe('an archive is not packed beyond what readers unpack', () => {
  test.each([
    ['files', { files }, { files: files + 1 }],
    ['packed bytes', { packed: packedBytes }, { packed: packedBytes + 1 }],
    ['unpacked bytes', { unpacked: unpackedBytes, packed: packedBytes }, { unpacked: unpackedBytes + 1, packed: packedBytes }],
    ['the ratio', { unpacked: MiB + ratio * 10, packed: 10 }, { unpacked: MiB + ratio * 10 + 1, packed: 10 }],
  ])('%s: the last one that is allowed, and not one more', (_what, allowed, refused) => {
    expect(refusal(allowed)).toBe('')
    expect(refusal(refused)).toContain('the archive is refused')
  }) // prettier-ignore

  test('the ratio counts beyond the first MiB, and never beyond the unpacked bytes', () => {
    expect(unpackedLimit(DEFAULT_LIMITS, 0)).toBe(MiB)
    expect(unpackedLimit(DEFAULT_LIMITS, MiB)).toBe((1 + ratio) * MiB)
    expect(unpackedLimit(DEFAULT_LIMITS, packedBytes)).toBe(unpackedBytes)
  })
})
