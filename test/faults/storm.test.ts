import { expect, test } from 'vitest'
import { storm } from './storm.ts'

/** Sixty seconds are `npm run storm`. */
test('G03 many commands at a time lose no update, leave no half state and remove nothing in use', async () => {
  const seed = 7
  const { broken, commands, outcomes } = await storm({ seconds: 8, seed, lockTimeout: 120 })
  expect(broken, `seed ${seed}`).toEqual([])
  expect(commands, JSON.stringify(outcomes)).toBeGreaterThan(8)
}, 600_000)
