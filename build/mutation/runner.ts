import fs from 'node:fs'
import { TestRunner, type RunnerTestCase } from 'vitest'
import { readJournal, type JournalLine } from './journal.ts'

/** The switches in the source (mutants.ts) call this function of the runner. */
declare global {
  var mutant: (id: number) => boolean
}

/** A test with a mutant gets this many times as long as without one, plus some milliseconds. */
const PATIENCE = 5
const AT_LEAST = 5_000
/** A test that uses this many milliseconds of CPU time is too slow to repeat for every mutant. */
const TOO_SLOW = process.env.MUTATION_SLOW ? Infinity : 1_000
/** A mutant that passes this many times as many switches as the original code counts as an endless loop. */
const ENDLESS = 20

/** How many tests of one file are tried on a mutant; the others are mostly similar. */
const TRIES = Number(process.env.MUTATION_TRIES)

const journal = process.env.MUTATION_JOURNAL ?? ''
const hits = new Uint32Array(Number(process.env.MUTATION_COUNT))
const { killed, tried } = readJournal(journal)
const tries = new Map<string, number>()
let active = -1
let left = Infinity

globalThis.mutant = (id) => {
  hits[id] = (hits[id] ?? 0) + 1
  if (left-- <= 0) throw new Error('an endless loop')
  return id === active
}

/** Runs each test unchanged, then once for every surviving mutant that it executes. */
export default class MutationRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const name = `${test.file.name}: ${test.fullTestName}`
    const note = (line: JournalLine) => {
      fs.appendFileSync(journal, `${JSON.stringify({ ...line, test: name })}\n`)
    }
    if (tried.get(name) === 'whole') return
    hits.fill(0)
    const [work, begun] = [process.cpuUsage(), performance.now()]
    await TestRunner.getTestFn(test)()
    const met = [...hits.keys()].filter((id) => hits[id])
    const patience = hits.reduce((sum, times) => sum + times, 0) * ENDLESS + 10_000
    note({ met })
    if (met.length === 0) return
    const { user } = process.cpuUsage(work)
    // CPU time doesn't include child processes, so the wall clock counts too.
    if (user / 1000 > TOO_SLOW || performance.now() - begun > 10 * TOO_SLOW) {
      note({ unused: 'slow' })
      return
    }
    const started = performance.now()
    const repeated = await failure(test, Infinity)
    const took = performance.now() - started
    if (repeated !== undefined) {
      note({ unused: `fails when repeated: ${messageOf(repeated)}` })
      return
    }
    for (const id of met) {
      const key = `${id} ${test.file.name}`
      const before = tries.get(key) ?? 0
      if (killed.has(id) || before >= TRIES) continue
      tries.set(key, before + 1)
      note({ trying: id })
      ;[active, left] = [id, patience]
      const error = await failure(test, took * PATIENCE + AT_LEAST)
      ;[active, left] = [-1, Infinity]
      if (error === undefined) continue
      // If the test now fails without the mutant too, a mutant has left damage behind, so its results mean nothing.
      const spoiled = await failure(test, took * PATIENCE + AT_LEAST)
      if (spoiled !== undefined) {
        note({ unused: `spoiled by ${id}: ${messageOf(spoiled)}` })
        return
      }
      killed.add(id)
      note({ killed: id, why: messageOf(error) })
    }
    note({ whole: true })
  }
}

async function failure(test: RunnerTestCase, patience: number): Promise<unknown> {
  const suites = [test.file, ...(test.suite && test.suite !== test.file ? [test.suite] : [])] as const
  const hooks = async (name: 'beforeEach' | 'afterEach') => {
    for (const suite of suites)
      for (const hook of TestRunner.getSuiteHooks(suite)[name]) await hook(test.context, suite)
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    if (patience < Infinity) timer = setTimeout(resolve, patience, new Error('out of time'))
  })
  try {
    await hooks('beforeEach')
    const run = async () => {
      await TestRunner.getTestFn(test)()
    }
    return await Promise.race([run(), late])
  } catch (error) {
    return error ?? new Error('thrown: undefined')
  } finally {
    clearTimeout(timer)
    await hooks('afterEach')
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : JSON.stringify(error)).split('\n', 1).join()
}
