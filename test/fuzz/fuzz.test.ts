import { expect, test } from 'vitest'
import { fuzz } from './fuzz.ts'

/** Every day has its own cases; CPM_SEED=<number> repeats those of another day. `npm run fuzz` runs for longer. */
const seed = Number(process.env.CPM_SEED ?? Math.floor(Date.now() / 86_400_000))
const seconds = process.env.CPM_SWEEP === 'all' ? 300 : 10

test(`A11 B08 D01 no reader crashes, hangs or takes much memory, whatever it reads (CPM_SEED=${seed})`, async () => {
  const { cases, failures } = await fuzz({ seconds, seed })
  expect(failures).toEqual([])
  expect(cases).toBeGreaterThan(50)
}, 600_000)

test(`B08 the server answers every request as its route declares, whatever its body (CPM_SEED=${seed})`, async () => {
  const { cases, failures } = await fuzz({ seconds: seconds / 2, seed, reader: 'bodies of requests' })
  expect(failures).toEqual([])
  // On a busy machine, starting the server takes most of the time.
  expect(cases).toBeGreaterThan(0)
}, 600_000)
