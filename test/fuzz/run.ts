/** `npm run fuzz -- [--seconds 120] [--seed N] [--reader NAME] [--case N]`: see docs/security.md, "Fuzzing". */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string' },
    seed: { type: 'string' },
    case: { type: 'string' },
    reader: { type: 'string' },
  },
})
const seconds = Number(values.seconds ?? 120)
const seed = Number(values.seed ?? randomInt(2 ** 31))
const only = values.case === undefined ? undefined : Number(values.case)

console.log(`seed ${seed}${only === undefined ? `, ${seconds} s` : `, case ${only}`}`)
const { cases, slowest, peakMiB, failures } = await fuzz({ seconds, seed, only, reader: values.reader })
for (const { case: number, reader, what } of failures)
  console.log(`\ncase ${number} (${reader}): ${what}\nagain: npm run fuzz -- --seed ${seed} --case ${number}${values.reader === undefined ? '' : ` --reader '${values.reader}'`}`) // prettier-ignore
const slow = `the slowest took ${Math.round(slowest.ms)} ms (${slowest.reader}, case ${slowest.case})`
console.log(`\n${cases} cases, ${slow}, ${Math.round(peakMiB)} MiB at the peak, ${failures.length} failures`)
if (failures.length > 0) process.exitCode = 1
