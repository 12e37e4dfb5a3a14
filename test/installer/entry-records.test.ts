import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { EntryRecords } from '../../src/installer/prove/entry-records.ts'
import type { Tree } from '../../src/schema/digest.ts'
import { Rig } from '../rig/rig.ts'

const TREES = [1, 2].map((digit) => `blake3:${String(digit).repeat(64)}` as Tree)

test('records of an earlier boot go once all its entries are proven again, but not those of another machine', async () => {
  await using rig = await Rig.create()
  const folder = rig.path('boots')
  rig.write({ earlier: TREES.map((tree) => `${tree}\n`).join('') }, folder)
  const earlier = path.join(folder, 'earlier')
  const proveAll = () => {
    const records = new EntryRecords(folder)
    for (const tree of TREES) records.note(tree)
    expect(TREES.filter((tree) => records.isSuspect(tree))).toEqual([])
  }
  // Another machine that shares the store has just written to it.
  proveAll()
  expect(fs.existsSync(earlier)).toBe(true)
  fs.utimesSync(earlier, 1, 1)
  proveAll()
  expect(fs.existsSync(earlier)).toBe(false)
})
