import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { safeJoin } from '../../src/core/safe-path.ts'
import { compareEntryPaths, EntryPaths, entryPathProblem, foldPath, isEntryPath } from '../../src/package/entry-path.ts'
import { readFileTable, writeFileTable } from '../../src/package/file-table.ts'
import { TarReader } from '../../src/package/tar-reader.ts'
import { BLOCK, encodeEntry, END, padding } from '../../src/package/tar-format.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from '../../src/registry/layout.ts'
import { bareName, isPackageName, PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { blake3 } from '../../src/core/blake3.ts'
import { hostileText, packageName } from './arbitraries.ts'

describe('any text as a package name', () => {
  const nearlyNames = fc.oneof(
    hostileText,
    packageName,
    fc.tuple(packageName, hostileText).map((two) => two.join('')),
  )

  test('B01 is accepted by both readers or by neither, and never crashes them', () => {
    fc.assert(
      fc.property(nearlyNames, (text) => {
        expect(PackageName.safeParse(text).success).toBe(isPackageName(text))
      }),
    )
    fc.assert(fc.property(fc.anything(), (value) => void PackageName.safeParse(value)))
  })

  test('B01 leads to files of its own below the folder of a registry, if it is accepted', () => {
    const root = path.resolve('/registry')
    fc.assert(
      fc.property(nearlyNames, (text) => {
        if (!isPackageName(text)) return
        const version = '1.0.0' as Version
        for (const key of [indexKey(text), ownersKey(text), archiveKey(text, version), envelopeKey(text, version)]) {
          const place = safeJoin(root, key)
          expect(path.relative(root, place).split(path.sep)).toEqual(key.split('/'))
          // Means the same on systems that ignore case or normal forms, and in the path of a URL.
          expect(key.toLowerCase().normalize('NFKD')).toBe(key)
          expect(new URL(key, 'https://registry.test/').pathname).toBe(`/${key}`)
        }
        expect(text.endsWith(bareName(text))).toBe(true)
      }),
    )
  })

  test('B01 has the same files as another name only if it is the same name', () => {
    fc.assert(
      fc.property(packageName, packageName, (one, other) => {
        expect(indexKey(one) === indexKey(other)).toBe(one === other)
      }),
    )
  })
})

/** Segments that are nearly always allowed, and some that are not. */
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z0-9._ @$+~-]{1,20}$/) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
  { weight: 1, arbitrary: hostileText },
)
const anyPath = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join('/'))

describe('any text as a path in a package', () => {
  test('A01 A02 A03 stays below its folder on every system, if it is accepted', () => {
    fc.assert(
      fc.property(fc.oneof(anyPath, hostileText), (text) => {
        if (!isEntryPath(text)) return
        for (const system of [path.posix, path.win32]) {
          // Node writes a needless "./" before some names that begin like a device of Windows ("conx", "nul_").
          expect(system.normalize(text).split(system.sep).join('/').replace(/^\.\//, '')).toBe(text)
          expect(system.isAbsolute(text)).toBe(false)
          expect(system.relative('/root', system.join('/root', text)).split(system.sep).join('/')).toBe(text)
        }
        expect(text.normalize('NFC')).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  test('A01 is refused with a reason, and never crashes the reader', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        expect(entryPathProblem(text)).not.toBe('')
      }),
    )
  })

  test('A13 is folded once and for all, and like its upper and lower case', () => {
    fc.assert(
      fc.property(anyPath, (text) => {
        if (!isEntryPath(text)) return
        const folded = foldPath(text)
        expect(foldPath(folded)).toBe(folded)
        expect(foldPath(text.toUpperCase())).toBe(folded)
        expect(foldPath(text.toLowerCase())).toBe(folded)
      }),
      { numRuns: 500 },
    )
  })

  test('A13 clashes with another one in either order, or in neither', () => {
    const clash = (one: string, other: string) => {
      const paths = new EntryPaths()
      paths.add(one)
      return paths.add(other) !== undefined
    }
    const pair = fc.oneof(
      fc.tuple(anyPath, anyPath),
      anyPath.map((text) => [text, text.toUpperCase()] as const),
      anyPath.map((text) => [text, `${text}/x`] as const),
    )
    fc.assert(
      fc.property(pair, ([one, other]) => {
        expect(clash(one, other)).toBe(clash(other, one))
      }),
    )
  })
})

interface File {
  path: string
  contents: Buffer
  executable: boolean
}

const files = fc
  .array(fc.record({ path: anyPath, contents: fc.uint8Array({ maxLength: 1500 }), executable: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list) => {
    const paths = new EntryPaths()
    return list
      .filter((file) => isEntryPath(file.path) && paths.add(file.path) === undefined)
      .map((file): File => ({ ...file, contents: Buffer.from(file.contents) }))
      .sort((a, b) => compareEntryPaths(a.path, b.path))
  })
  .filter((list) => list.length > 0)

function tarOf(list: readonly File[]): Buffer {
  const parts = list.flatMap(({ path, contents, executable }) => [
    encodeEntry({ path, size: contents.length, executable }),
    contents,
    Buffer.alloc(padding(contents.length)),
  ])
  return Buffer.concat([...parts, END])
}

function readTar(bytes: Buffer, pieces: number): File[] {
  const found: File[] = []
  const reader = new TarReader(
    {
      file: ({ path, executable }) => {
        const file: File = { path, contents: Buffer.alloc(0), executable }
        found.push(file)
        return {
          write: (chunk) => (file.contents = Buffer.concat([file.contents, chunk])),
          end: () => undefined,
        }
      },
    },
    { files: 100, folders: 1000, pathBytes: 100_000 },
  )
  for (let at = 0; at < bytes.length; at += pieces) reader.push(bytes.subarray(at, at + pieces))
  reader.finish()
  return found
}

describe('any files', () => {
  test('A11 are read from their tar as they were written, whatever the size of the pieces', () => {
    fc.assert(
      fc.property(files, fc.integer({ min: 1, max: 3 * BLOCK }), (list, pieces) => {
        expect(readTar(tarOf(list), pieces)).toEqual(list)
      }),
    )
  })

  test('are read from their table as they were written', () => {
    fc.assert(
      fc.property(files, (list) => {
        const rows = list.map(({ path, contents, executable }) => ({
          path,
          size: contents.length,
          executable,
          blake3: blake3(contents),
        }))
        expect(readFileTable(writeFileTable(rows))).toEqual(rows)
      }),
    )
  })
})
