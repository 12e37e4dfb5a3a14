import { expect, test, vi } from 'vitest'
import { sweepCrashes } from './crash.ts'
import { part, sample, spread } from './faulty.ts'
import type { Step } from './layer.mjs'
import { SCENES } from './scenes.ts'

vi.setConfig({ testTimeout: 600_000 })

/**
 * Every change is `npm run sweep:crash`. This is one after the journal is sealed, and sometimes another, spread over the
 * commands and the same in each run.
 */
let tried = 0
function shortSample(steps: readonly Step[]): number[] {
  if (steps.length === 0) return []
  const seal = 1 + steps.findIndex(({ call, file }) => call === 'rename' && String(file).endsWith('journal.json'))
  const after = (k: number) => k + 1 + Math.floor(part(++tried) * (steps.length - k))
  const last = seal > 0 && seal < steps.length ? [after(seal)] : []
  return last.length === 0 || tried % 4 === 0 ? [after(0), ...last] : last
}

test.each(SCENES)('G01 "cpm $name" that is killed has happened entirely or not at all', async (scene) => {
  const tried = await sweepCrashes(scene, shortSample)
  expect(tried.map(({ steps }) => steps)[0]).toBeGreaterThan(10)
  expect(tried.flatMap(({ broken }) => broken)).toEqual([])
})

test('a full sweep includes every point, and a shorter one includes the first, the last and the tail', () => {
  expect(spread(5, Infinity)).toEqual([1, 2, 3, 4, 5])
  expect(spread(3, 6)).toEqual([1, 2, 3])
  expect(spread(100, 3, 2)).toEqual([1, 51, 99, 100])
})

test('a sample of a large run includes each part of it, what surrounds a seal, and the last change', () => {
  const step = (thread: number, call = 'open', file = 'a'): Step => ({ call, kind: 'create', file, thread })
  const steps = Array.from({ length: 1000 }, (_, i) => (i === 799 ? step(0, 'rename', 'x/journal.json') : step(0)))
  const points = sample(steps, 10)
  for (let part = 0; part < 10; part++)
    expect(points.filter((k) => k > part * 100 && k <= (part + 1) * 100)).not.toEqual([])
  expect(points).toEqual(expect.arrayContaining([799, 800, 801, 1000]))
  expect(points.length).toBeLessThanOrEqual(14)
  expect(new Set(points.map((k) => k % 100)).size).toBeGreaterThan(5)
  // No thread does the work of all.
  const threads = [step(1), step(2), step(1), step(2), step(1)]
  expect(sample(threads, 10)).toEqual([1, 2, 3])
})
