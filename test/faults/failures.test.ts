import { expect, test, vi } from 'vitest'
import { type ChooseFailures, COMMANDS, sweepFailures } from './failures.ts'

vi.setConfig({ testTimeout: 600_000 })

/** Every step is `npm run sweep:failures`. This is one at random for each kind of failure. */
const anywhere: ChooseFailures = (steps) =>
  steps === 0
    ? []
    : [
        { k: 1 + Math.floor(Math.random() * steps), stays: false },
        ...(Math.random() < 0.5 ? [{ k: 1 + Math.floor(Math.random() * steps), stays: true }] : []),
      ]

test.each(COMMANDS)(
  'G05 "cpm $name" fails with one clear error and changes nothing, whatever the disk refuses',
  async (scene) => {
    const failed = await sweepFailures(scene, anywhere)
    expect(failed.flatMap(({ broken }) => broken)).toEqual([])
  },
)
