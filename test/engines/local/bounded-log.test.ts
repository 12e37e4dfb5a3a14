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

const NOTE = '\n[cut by cpm: longer than 10 bytes]\n'

test.each([
  ['what fits', ['0123', '456789'], '0123456789'],
  ['what is cut within a piece', ['0123', '456789ab', 'cd'], `0123456789${NOTE}`],
  ['what is cut between two pieces', ['0123', '456789', 'ab', 'cd'], `0123456789${NOTE}`],
  ['nothing', [], ''],
])('keeps %s', async (_what, pieces, kept) => {
  const file = path.join(folder, 'log')
  await keepLog(Readable.from(pieces.map((piece) => Buffer.from(piece))), file, 10)
  expect(fs.readFileSync(file, 'utf8')).toBe(kept)
})

test('says once that a log is cut, whoever goes on with it', async () => {
  const file = path.join(folder, 'log')
  for (const text of ['01234567', 'abcdef', 'gh']) await keepLog(Readable.from([Buffer.from(text)]), file, 10)
  expect(fs.readFileSync(file, 'utf8')).toBe(`01234567ab${NOTE}`)
})
