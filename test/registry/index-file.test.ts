import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { blake3 } from '../../src/core/blake3.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { FolderBlobs } from '../../src/registry/folder-blobs.ts'
import { parseIndex } from '../../src/registry/index-file.ts'
import { undoPublication } from '../../src/registry/publish-journal.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Rig } from '../rig/rig.ts'

const A = 'a' as PackageName
const AT = '2026-01-01T00:00:00Z'

function published(version: string, changes: Record<string, unknown> = {}): string {
  const digest = blake3(version)
  const sizes = { size: 1, archiveSize: 1 }
  const record = { v: 1, type: 'publish', name: 'a', version, dependencies: {}, features: {}, conditions: {}, tree: digest, ...sizes, envelope: digest, owners: 1, publishedAt: AT } // prettier-ignore
  return canonicalJson({ ...record, ...changes })
}

function read(...lines: string[]) {
  return parseIndex(A, Buffer.from(lines.map((line) => `${line}\n`).join('')))
}

test('an index is read up to its last complete line', () => {
  const text = `${published('1.0.0')}\n`
  const index = parseIndex(A, Buffer.from(`${text}${published('2.0.0')}`))
  expect([[...index.releases.keys()], index.length]).toEqual([['1.0.0'], text.length])
})

test.each([
  ['a line about another package', [published('1.0.0', { name: 'b' })], 'line 1 of the index of a is about b'],
  [
    'a duplicate version',
    [published('1.0.0'), published('1.0.0')],
    'line 2 of the index of a publishes 1.0.0 a second time',
  ],
  [
    'a return to earlier owners',
    [published('1.0.0', { owners: 2 }), published('1.1.0')],
    'line 2 of the index of a returns to earlier owners',
  ],
  ['a field of the wrong type', [published('1.0.0', { size: '1' })], 'line 1 of the index of a is not a record'],
  ['a status of an unpublished version', [canonicalJson({ v: 1, type: 'yank', name: 'a', version: '9.0.0', at: AT })], 'line 1 of the index of a sets a status for 9.0.0'], // prettier-ignore
])('an index with %s is refused, and the error names the line', (_title, lines, fact) => {
  expect(() => read(...lines)).toThrow(
    expect.objectContaining({ code: 'INDEX_INVALID', message: expect.stringContaining(fact) as string }),
  )
})

test('a line in a newer format is skipped, and its version is taken', () => {
  const index = read(published('1.0.0'), published('2.0.0-RC.1', { v: 2, more: true }))
  expect([[...index.releases.keys()], index.skipped, [...index.newer]]).toEqual([['1.0.0'], 1, ['2.0.0-rc.1']])
})

test('a registry file may have up to the limit, but not one byte more', async () => {
  await using rig = await Rig.create()
  rig.write({ 'index/a': '12345' })
  const blobs = new FolderBlobs(rig.root)
  expect(Buffer.from((await blobs.get('index/a', { maxBytes: 5 })) ?? []).toString()).toBe('12345')
  await expect(blobs.get('index/a', { maxBytes: 4 })).rejects.toMatchObject({ code: 'REGISTRY_INVALID' })
  expect(await blobs.get('index/b', { maxBytes: 4 })).toBeUndefined()
})

test('a failed publication removes partially appended lines, but none that readers may have seen', async () => {
  await using rig = await Rig.create()
  const file = path.join(rig.root, 'index', 'a')
  const undo = (there: string) => {
    rig.write({ 'index/a': there })
    const steps = [
      { do: 'place', file: '0', key: 'packages/a/1.0.0' },
      { do: 'append', key: 'index/a', at: 4, line: 'line' },
      { do: 'append', key: 'index/not-begun', at: 0, line: 'line' },
    ] as const
    return [undoPublication(rig.root, steps), fs.readFileSync(file, 'utf8')]
  }
  expect(undo('old\n')).toEqual([true, 'old\n'])
  expect(undo('old\nli')).toEqual([true, 'old\n'])
  expect(undo('old\nline')).toEqual([true, 'old\n'])
  expect(undo('old\nline\n')).toEqual([false, 'old\nline\n'])
})
