import fs from 'node:fs'
import { TestRunner, type RunnerTestCase } from 'vitest'
import { readJournal, type JournalLine } from './journal.ts'

/** What the switches in the source (mutants.ts) and the runner share. */
declare global {
  var mutant: (id: number) => boolean
}

/** A test is given five times as long as it needs without a mutant, and a while more. */
const PATIENCE = 5
const AT_LEAST = 5_000
/** A test that works for so many milliseconds is not worth its time. */
const TOO_SLOW = process.env.MUTATION_SLOW ? Infinity : 1_000
/** A mutant that makes the code run so many times as far as without it is in an endless loop. */
const ENDLESS = 20

/** So many tests of one file are tried on a mutant: the next ones are mostly alike. */
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

/** Runs each test as it is, then once for every living mutant that it meets. */
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
    // Where it waits for processes of its own, the clock tells.
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
      // What fails without the mutant too has been spoiled by one: it says nothing any more.
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
