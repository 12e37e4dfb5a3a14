import { expect, test, vi } from 'vitest'
import { countSteps, failAt, FAILURES } from './failures.ts'
import { spread } from './faulty.ts'
import { SCENES } from './scenes.ts'
import { Trial } from './trial.ts'

/** CPM_SWEEP=all fails every step; the default keeps the run short. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : Number(process.env.MOST ?? 2)

vi.setConfig({ testTimeout: 3_600_000 })

/** The failures strike in this process, so a server is a command of its own. */
const COMMANDS = SCENES.filter(({ name }) => !name.startsWith('serve'))

test.each(COMMANDS)(
  '$name fails with one clear error and changes nothing, whatever the disk refuses',
  async (scene) => {
    await using trial = await Trial.prepare(scene)
    const broken: string[] = []
    const tried: Record<string, number> = {}
    for (const failure of FAILURES) {
      const steps = await countSteps(trial, failure)
      for (const stays of failure === 'short' ? [false] : [false, true]) {
        for (const k of spread(steps, MOST)) {
          const name = `${scene.name}, ${failure} at ${k}${stays ? ' and later' : ''}`
          broken.push(...(await failAt(trial, failure, k, stays)).map((what) => `${name}: ${what}`))
          tried[failure] = (tried[failure] ?? 0) + 1
        }
      }
    }
    console.log(scene.name, JSON.stringify(tried), broken.length)
    expect(broken).toEqual([])
  },
)
