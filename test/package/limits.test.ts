import { describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import { DEFAULT_LIMITS, refuseTooLarge, refuseTooManyPaths, unpackedLimit } from '../../src/package/limits.ts'

const MiB = 1024 * 1024
const { files, packedBytes, unpackedBytes, ratio } = DEFAULT_LIMITS

/** Returns the error for an archive to pack, or an empty string if readers would unpack it. */
function refusal({ files: count = 1, unpacked = 1, packed = 1 }): string {
  try {
    refuseTooLarge({ files: count, tar: { size: unpacked } }, packed, [{ path: 'big.dat', size: unpacked }])
    return ''
  } catch (error) {
    if (error instanceof CpmError && error.code === 'ARCHIVE_TOO_LARGE') return error.message
    throw error
  }
}

describe('cpm packs only archives that readers would unpack', () => {
  test.each([
    ['files', { files }, { files: files + 1 }],
    ['packed bytes', { packed: packedBytes }, { packed: packedBytes + 1 }],
    ['unpacked bytes', { unpacked: unpackedBytes, packed: packedBytes }, { unpacked: unpackedBytes + 1, packed: packedBytes }],
    ['the ratio', { unpacked: MiB + ratio * 10, packed: 10 }, { unpacked: MiB + ratio * 10 + 1, packed: 10 }],
  ])('%s: up to the limit and not one more', (_what, allowed, refused) => {
    expect(refusal(allowed)).toBe('')
    expect(refusal(refused)).toContain('the archive is too large')
  }) // prettier-ignore

  test('folders and paths: up to the limit and not one more', () => {
    const { folders, pathBytes } = DEFAULT_LIMITS
    const refused = (count: number, bytes: number) => () => {
      refuseTooManyPaths({ folders: count, bytes }, DEFAULT_LIMITS)
    }
    expect(refused(folders, pathBytes)).not.toThrow()
    expect(refused(folders + 1, 0)).toThrow('more than 100000 folders')
    expect(refused(0, pathBytes + 1)).toThrow('its paths have more than')
  })

  test('sizes are as people write them, unless the size and the limit would look the same', () => {
    expect(refusal({ unpacked: 6144 * MiB, packed: packedBytes })).toContain('it unpacks to 6.0 GiB; the limit is 4.0 GiB')
    expect(refusal({ packed: packedBytes + 1 })).toContain(`it has ${packedBytes + 1} bytes; the limit is ${packedBytes} bytes`)
  }) // prettier-ignore

  test('the ratio applies after the first MiB, up to the limit of unpacked bytes', () => {
    expect(unpackedLimit(DEFAULT_LIMITS, 0)).toBe(MiB)
    expect(unpackedLimit(DEFAULT_LIMITS, MiB)).toBe((1 + ratio) * MiB)
    expect(unpackedLimit(DEFAULT_LIMITS, packedBytes)).toBe(unpackedBytes)
  })
})
