import { afterAll, expect, test } from 'vitest'
import { createPool } from '../../src/core/pool.ts'
import { digest } from '../../src/package/tasks.ts'

const pool = createPool()
afterAll(() => pool.close())

test('runs a task from source under vitest', async () => {
  const { size } = await pool.run(digest, { file: import.meta.filename })
  expect(size).toBeGreaterThan(100)
})
