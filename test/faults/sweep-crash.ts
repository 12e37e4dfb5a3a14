/**
 * Kills every command at every change of the file system, and prints what it tried and which invariants broke:
 * `npm run sweep:crash -- [--most N] [--lanes N] [SCENE…]`. With `--most`, it kills at N evenly spread changes.
 */
import { parseArgs } from 'node:util'
import { sweepCrashes, type Tried } from './crash.ts'
import { spread } from './faulty.ts'
import { SCENES } from './scenes.ts'

const { values, positionals } = parseArgs({
  options: { most: { type: 'string', default: 'Infinity' }, lanes: { type: 'string', default: '2' } },
  allowPositionals: true,
})
const scenes = SCENES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

const line = (words: readonly (string | number)[]) => {
  const [scene = '', thread = '', ...numbers] = words.map(String)
  console.log([scene.padEnd(24), thread.padEnd(7), ...numbers.map((word) => word.padStart(8))].join(' '))
}

line(['command', 'thread', 'changes', 'kills', 'missed', 'broken'])
const all: Tried[] = []
for (const scene of scenes) {
  const tried = await sweepCrashes(scene, (steps) => spread(steps.length, Number(values.most)), Number(values.lanes))
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
