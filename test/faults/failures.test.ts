import { expect, test, vi } from 'vitest'
import { part } from './faulty.ts'
import { type ChooseFailures, COMMANDS, sweepFailures } from './failures.ts'

vi.setConfig({ testTimeout: 600_000 })

/**
 * Every step is `npm run sweep:failures`. This is one for every third pair of a command and a kind of failure, spread over
 * the steps and the same in each run; every second failure stays.
 */
let tried = 0
const somewhere: ChooseFailures = (steps) => {
  tried++
  if (steps === 0 || tried % 3 !== 0) return []
  return [{ k: 1 + Math.floor(part(tried) * steps), stays: tried % 6 === 3 }]
}

test.each(COMMANDS)(
  'G05 "cpm $name" fails with one clear error and changes nothing, whatever the disk refuses',
  async (scene) => {
    const failed = await sweepFailures(scene, somewhere)
    expect(failed.flatMap(({ broken }) => broken)).toEqual([])
  },
)
