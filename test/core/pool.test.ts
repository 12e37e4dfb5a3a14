import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { createPool } from '../../src/core/pool.ts'
import { digest } from '../../src/package/tasks.ts'

const pool = createPool()
afterAll(() => pool.close())
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-pool-'))
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true })
})

test('runs a task from source under vitest', async () => {
  const { size } = await pool.run(digest, { file: import.meta.filename })
  expect(size).toBeGreaterThan(100)
})

describe.skipIf(os.availableParallelism() < 2 || process.platform === 'win32')('more threads', () => {
  // A thread that reads from a pipe stays busy until the test writes to it.
  const pipe = path.join(folder, 'pipe')

  test.each([
    { waiting: 1, expected: 0 },
    { waiting: 20, expected: 0 },
    { waiting: 1, expected: 20 },
  ])('start while the first is busy: %o', { timeout: 20_000 }, async ({ waiting, expected }) => {
    const pool = createPool()
    onTestFinished(() => pool.close())
    pool.expect(digest, expected)
    execFileSync('mkfifo', [pipe])
    const busy = pool.run(digest, { file: pipe })
    try {
      const others = Array.from({ length: waiting }, () => pool.run(digest, { file: import.meta.filename }))
      for (const { size } of await Promise.all(others)) expect(size).toBeGreaterThan(100)
    } finally {
      fs.writeFileSync(pipe, 'enough')
      fs.rmSync(pipe)
    }
    expect((await busy).sha256).toBe(`sha256:${createHash('sha256').update('enough').digest('hex')}`)
  })
})
