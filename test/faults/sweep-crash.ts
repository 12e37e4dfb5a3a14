/**
 * Kills every command at every change of the file system, and commands that change many packages at a sample of them.
 * Prints what it tried and which invariants broke:
 * `npm run sweep:crash -- [--most N] [--points N] [--lanes N] [SCENE…]`. With `--most`, it kills at N evenly spread
 * changes. `--points` is the size of a sample, for each kind of thread.
 */
import { parseArgs } from 'node:util'
import { type Choose, sweepCrashes, type Tried } from './crash.ts'
import { sample, spread } from './faulty.ts'
import { LARGE_SCENES } from './large-scenes.ts'
import { SCENES } from './scenes.ts'

const { values, positionals } = parseArgs({
  options: {
    most: { type: 'string', default: 'Infinity' },
    points: { type: 'string', default: '40' },
    lanes: { type: 'string', default: '2' },
  },
  allowPositionals: true,
})
const whole: Choose = (steps) => spread(steps.length, Number(values.most))
const sampled: Choose = (steps) => sample(steps, Math.min(Number(values.points), Number(values.most)))
const scenes = [
  ...SCENES.map((scene) => ({ scene, choose: whole })),
  ...LARGE_SCENES.map((scene) => ({ scene, choose: sampled })),
].filter(({ scene }) => positionals.length === 0 || positionals.includes(scene.name))

const line = (words: readonly (string | number)[]) => {
  const [scene = '', thread = '', ...numbers] = words.map(String)
  console.log([scene.padEnd(24), thread.padEnd(7), ...numbers.map((word) => word.padStart(8))].join(' '))
}

line(['command', 'thread', 'changes', 'kills', 'missed', 'broken'])
const all: Tried[] = []
for (const { scene, choose } of scenes) {
  const tried = await sweepCrashes(scene, choose, Number(values.lanes))
  for (const { thread, steps, kills, missed, broken } of tried) {
    line([scene.name, thread, steps, kills, missed, broken.length])
    for (const what of broken) console.log(`  ${what}`)
  }
  all.push(...tried)
}
const sum = (of: (tried: Tried) => number) => all.reduce((total, tried) => total + of(tried), 0)
const broken = sum((tried) => tried.broken.length)
line(['all', '', sum(({ steps }) => steps), sum(({ kills }) => kills), sum(({ missed }) => missed), broken])
process.exitCode = broken === 0 ? 0 : 1
