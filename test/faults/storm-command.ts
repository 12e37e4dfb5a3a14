/** A storm of commands, and what it did: `npm run storm -- [--seconds 60] [--seed N] [--processes 16]`. */
import { parseArgs } from 'node:util'
import { storm } from './storm.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    processes: { type: 'string', default: '16' },
  },
})
const { broken, outcomes, ...summary } = await storm({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  processes: Number(values.processes),
})
for (const [kind, of] of Object.entries(outcomes).sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(
    `${kind.padEnd(14)} ${Object.entries(of)
      .map(([outcome, times]) => `${outcome} ${times}`)
      .join(', ')}`,
  )
console.log(
  `seed ${summary.seed}: ${summary.commands} commands, the longest took ${summary.longest.toFixed(1)} s; ` +
    `${summary.looks} looks at the projects; ${broken.length} invariants broken`,
)
for (const what of broken) console.log(what)
process.exitCode = broken.length === 0 ? 0 : 1
