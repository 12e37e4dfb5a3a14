/**
 * Lets every change of the file system fail, for every command and in every way, and prints what it tried and what was
 * broken: `npm run sweep:failures -- [--most N] [--every N] [SCENE…]`. With `--most`, N evenly spread changes of each
 * kind fail; with `--every`, each N-th one.
 */
import { parseArgs } from 'node:util'
import { COMMANDS, type Failed, sweepFailures } from './failures.ts'
import { spread } from './faulty.ts'

const { values, positionals } = parseArgs({
  options: { most: { type: 'string', default: 'Infinity' }, every: { type: 'string', default: '1' } },
  allowPositionals: true,
})

const line = (words: readonly (string | number)[]) => {
  const [scene = '', failure = '', ...numbers] = words.map(String)
  console.log([scene.padEnd(24), failure.padEnd(7), ...numbers.map((word) => word.padStart(8))].join(' '))
}

line(['command', 'failure', 'changes', 'tried', 'broken'])
const all: Failed[] = []
for (const scene of COMMANDS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const failed = await sweepFailures(scene, (steps) =>
    spread(steps, Number(values.most))
      .filter((_, at) => at % Number(values.every) === 0)
      .flatMap((k) => [false, true].map((stays) => ({ k, stays }))),
  )
  for (const { failure, steps, tried, broken } of failed) {
    line([scene.name, failure, steps, tried, broken.length])
    for (const what of broken) console.log(`  ${what}`)
  }
  all.push(...failed)
}
const sum = (of: (failed: Failed) => number) => all.reduce((total, failed) => total + of(failed), 0)
const broken = sum((failed) => failed.broken.length)
line(['all', '', sum(({ steps }) => steps), sum(({ tried }) => tried), broken])
process.exitCode = broken === 0 ? 0 : 1
