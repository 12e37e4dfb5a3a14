/**
 * `npm run mutate -- --sample 100 --seed 1 --room package`: makes small changes to the source and lists those that no
 * test notices. The files stay as they are: the changes are behind switches in the code that vitest loads.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { readJournal, type JournalLine } from './journal.ts'
import { mutantsOf, type Mutant } from './mutants.ts'
import type { TestRun } from './run-tests.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** The tests of each room, in stages: mutants that survive the quick tests are tried with the slow ones. */
const ROOMS: Record<string, readonly (readonly string[])[]> = {
  package: [['test/package/']],
  resolver: [
    ['test/resolver/', 'test/checker/'],
    ['test/resolver/', 'test/checker/'],
  ],
  installer: [['test/installer/', 'test/registry/']],
  registry: [['test/registry/', 'test/installer/', 'test/package/owners']],
}

/** milliseconds after which a mutant counts as hanging, when it blocks even the timeouts of the tests */
const STUCK = 90_000
/** the same without a mutant; a busy machine can be slow */
const STUCK_AT_START = 600_000

const { values } = parseArgs({
  options: {
    sample: { type: 'string', default: '100' },
    tries: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    room: { type: 'string', multiple: true, default: Object.keys(ROOMS) },
    resume: { type: 'boolean', default: false },
  },
})

for (const room of values.room) await mutateRoom(room)

async function mutateRoom(room: string): Promise<void> {
  const mutants = sampleOf(room, Number(values.sample), Number(values.seed))
  const journal = path.join(os.tmpdir(), `mutation-${room}-${values.seed}-${values.sample}.jsonl`)
  if (!values.resume) fs.writeFileSync(journal, '')
  const note = (line: JournalLine) => {
    fs.appendFileSync(journal, `${JSON.stringify(line)}\n`)
  }
  const stages = ROOMS[room] ?? []
  for (const [index, tests] of stages.entries()) {
    const run = { tests, mutants: mutants.filter(({ loading }) => !loading), count: mutants.length, journal, tries: Number(values.tries), isSlow: index > 0 } // prettier-ignore
    // If the process hangs or runs out of memory, the mutant that it was trying counts as killed.
    while (!(await runTests(run))) {
      const { trying, test } = readJournal(journal).lines.at(-1) ?? {}
      if (trying === undefined) throw new Error(`the tests failed without a mutant; see ${journal}`)
      note({ killed: trying, why: 'hung', ...(test && { test }) })
    }
  }
  for (const mutant of mutants.filter(({ loading }) => loading)) {
    note({ met: [mutant.id] })
    if (!(await runTests({ tests: stages[0] ?? [], mutants: [mutant] })))
      note({ killed: mutant.id, why: 'while loading' })
  }
  const { killed, met, lines } = readJournal(journal)
  for (const { unused, test } of lines) if (unused) console.log(`not used: ${test}: ${unused}`)
  const alive = mutants.filter(({ id }) => !killed.has(id))
  for (const mutant of alive) console.log(describe(mutant, met.has(mutant.id)))
  console.log(`${room}: ${mutants.length} mutants, ${killed.size} killed, ${alive.length} survived, of which ${alive.filter(({ id }) => !met.has(id)).length} were not executed by any test`) // prettier-ignore
}

/** Runs tests in a separate process. @returns whether they passed */
async function runTests(options: TestRun): Promise<boolean> {
  const file = path.join(os.tmpdir(), `mutation-${process.pid}.json`)
  fs.writeFileSync(file, JSON.stringify(options))
  const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', '--max-old-space-size=1200', path.join(import.meta.dirname, 'run-tests.ts'), file], { cwd: ROOT, stdio: 'inherit', detached: true }) // prettier-ignore
  let [size, since] = [0, Date.now()]
  const watch = setInterval(() => {
    const lines = options.journal ? readJournal(options.journal).lines : []
    if (lines.length !== size) [size, since] = [lines.length, Date.now()]
    else if (Date.now() - since > (lines.at(-1)?.trying === undefined ? STUCK_AT_START : STUCK))
      process.kill(-(child.pid ?? 0), 'SIGKILL')
  }, 5_000)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearInterval(watch)
  return code === 0
}

function describe({ id, file, line, start, end, replacement }: Mutant, met: boolean): string {
  const original = fs.readFileSync(file, 'utf8').slice(start, end).replaceAll(/\s+/g, ' ')
  return `${met ? 'survived' : 'not run '} #${id} ${path.relative(ROOT, file)}:${line}  ${original}  ->  ${replacement.replaceAll(/\s+/g, ' ') || '(removed)'}`
}

function sampleOf(room: string, size: number, seed: number): Mutant[] {
  const folder = path.join(ROOT, 'src', room)
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort() // prettier-ignore
  const all = files.flatMap((name) =>
    mutantsOf(path.join(folder, name), fs.readFileSync(path.join(folder, name), 'utf8')),
  )
  const random = mulberry32(seed)
  const drawn = all
    .map((mutant) => ({ mutant, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, size)
  console.log(`${room}: ${drawn.length} of ${all.length} mutants`)
  return drawn.map(({ mutant }, id) => ({ ...mutant, id }))
}

/** Returns a random number generator for [0, 1) that always gives the same numbers for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
