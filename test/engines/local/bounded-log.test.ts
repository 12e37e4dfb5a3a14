import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepLog } from '../../../src/engines/local/bounded-log.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-log-'))
})
afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

const LIMITS = { head: 10, tail: 3 }
const note = (bytes: number) => `\n[cut by cpm: ${bytes} bytes are left out here]\n`

test.each([
  ['output that fits', ['0123', '456789'], '0123456789'],
  ['output slightly longer than the beginning', ['0123456789ab'], '0123456789ab'],
  ['the beginning and the end', ['0123456789', 'abcdefghij', 'xyz'], `0123456789${note(10)}xyz`],
  ['the beginning and the end of a single piece', ['0123456789abcdefghijxyz'], `0123456789${note(10)}xyz`],
  ['nothing', [], ''],
])('keeps %s', async (_what, pieces, kept) => {
  const file = path.join(folder, 'log')
  await keepLog(Readable.from(pieces.map((piece) => Buffer.from(piece))), file, LIMITS)
  expect(fs.readFileSync(file, 'utf8')).toBe(kept)
})

test('keeps the end of each process that appends to the same log', async () => {
  const file = path.join(folder, 'log')
  for (const text of ['01234567', 'abcdefghijkl', 'end'])
    await keepLog(Readable.from([Buffer.from(text)]), file, LIMITS)
  expect(fs.readFileSync(file, 'utf8')).toBe(`01234567ab${note(7)}jklend`)
})
