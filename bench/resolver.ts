/**
 * `npm run bench:resolver`: how fast the resolver is on several kinds of worlds, how much of them it has to read, and
 * how another npm resolver does on the same. A command resolves once, so what counts is the first time in a process,
 * when all text of versions and ranges is new and V8 has optimized nothing: medians of fresh processes. Worlds are in
 * memory; nothing is installed. `-- --alone` skips the other resolver, `-- --with RESOLVER.js` measures another build
 * of this one in turn with it.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import type { Candidate } from '../src/core/ports.ts'
import type * as api from '../src/resolver/api.ts'
import type { Universe } from '../src/resolver/api.ts'
import { createSolver } from '../src/resolver/solver.ts'
import { documentOf, problemOf } from '../src/resolver/universe.ts'
import { familiesUniverse, lockStepUniverse, sudokuUniverse } from './universes.ts'

// Times the bundle that users run, built by `npm ci`. The counts below come from the source.
const BUNDLE = path.resolve(import.meta.dirname, '../dist/resolver.js')
const { resolveUniverse } = (await import(pathToFileURL(BUNDLE).href)) as Api

const CASES = path.resolve(import.meta.dirname, '../fixtures/resolver')
/** Fresh processes per world. */
const RUNS = 5
/** The time limit for other resolvers, per world. */
const PATIENCE = 60_000

const large = (name: string): readonly [string, Universe[]] => [
  name,
  [JSON.parse(gunzipSync(fs.readFileSync(path.join(CASES, 'large', `${name}.json.gz`))).toString()) as Universe],
]
const cases = JSON.parse(fs.readFileSync(path.join(CASES, 'random.json'), 'utf8')) as (Universe & { tags: string[] })[]
const hard = cases.filter(({ tags }) => tags.includes('hard'))
const small = cases.filter(({ tags }) => !tags.includes('hard'))
const WORLDS: (readonly [string, Universe[]])[] = [
  large('eco-4k'),
  large('eco-12k'),
  large('conflict-1k'),
  large('conflict-1k-unsat'),
  ['5,000 versions with one flaw', [familiesUniverse(5000)]],
  ['50 packages in lock-step', [lockStepUniverse(50, 40)]],
  [
    'a hard sudoku',
    [sudokuUniverse('8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..')],
  ],
  [`${small.length} small random ones`, small],
  [`${hard.length} small hard ones`, hard],
]

type Api = typeof api

interface Effort {
  steps: number
  lookedUp: number
  listsRead: number
  chosen: number
}

/** Resolves a world again and counts what the resolver requests. */
function effortOf(universe: Universe): Effort {
  const effort: Effort = { steps: 0, lookedUp: 0, listsRead: 0, chosen: 0 }
  const counted = (candidate: Candidate): Candidate => {
    let isRead = false
    return {
      version: candidate.version,
      features: {},
      conditions: {},
      yanked: candidate.yanked,
      get dependencies() {
        if (!isRead) effort.listsRead++
        isRead = true
        return candidate.dependencies
      },
    }
  }
  const solver = createSolver(problemOf(universe))
  let step = solver.step()
  while (step.type === 'need' || step.type === 'pause') {
    const names = step.type === 'need' ? step.names : []
    effort.lookedUp += names.length
    const answers = names.map((name) => {
      const document = documentOf(universe, name)
      return [name, document && { name, candidates: document.candidates.map(counted) }] as const
    })
    step = solver.step(new Map(answers))
  }
  if (step.type === 'solved') {
    effort.chosen = step.solution.packages.size
    effort.steps = step.solution.steps
  }
  return effort
}

interface Times {
  load: number
  first: number
  firstCpu: number
  later: number
  laterCpu: number
}

/** Resolves worlds in fresh processes, the builds in turn. Returns the medians of each build. */
async function timesOf(resolvers: readonly string[], universes: readonly Universe[]): Promise<Times[]> {
  const file = path.join(scratch, 'worlds.json')
  fs.writeFileSync(file, JSON.stringify(universes))
  const runs = resolvers.map((): Times[] => [])
  for (let run = 0; run < RUNS; run++) {
    for (const [index, resolver] of resolvers.entries()) {
      const { stdout } = await execa(process.execPath, [
        path.join(import.meta.dirname, 'first-call.mjs'),
        resolver,
        file,
      ])
      runs[index]?.push(JSON.parse(stdout) as Times)
    }
  }
  return runs.map((times) => {
    const median = (of: keyof Times) => times.map((each) => each[of]).sort((a, b) => a - b)[RUNS >> 1] ?? 0
    return {
      load: median('load'),
      first: median('first'),
      firstCpu: median('firstCpu'),
      later: median('later'),
      laterCpu: median('laterCpu'),
    }
  })
}

const { values: options } = parseArgs({ options: { alone: { type: 'boolean' }, with: { type: 'string' } } })
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-bench-'))
const number = (value: number, digits = 0) => value.toFixed(digits).padStart(9)
const firsts = new Map<string, number>()

try {
  await printTimes()
  printEfforts()
  if (options.alone !== true) await compare()
} finally {
  fs.rmSync(scratch, { recursive: true, force: true })
}

async function printTimes(): Promise<void> {
  console.log(`node ${process.version}, medians of ${RUNS} fresh processes, milliseconds (CPU: of all threads);`)
  console.log('explanations of unsolvable worlds included; later: the fastest of the next 6 times in the same process')
  console.log(`${''.padEnd(30)}     load     first   (CPU)      later   (CPU)  first/later`)
  const resolvers = options.with === undefined ? [BUNDLE] : [BUNDLE, path.resolve(options.with)]
  for (const [name, universes] of WORLDS) {
    const [times, others] = await timesOf(resolvers, universes)
    if (times === undefined) continue
    firsts.set(name, times.first)
    console.log(lineOf(name, times))
    if (others === undefined) continue
    const [first, cpu] = [others.first / times.first, others.firstCpu / times.firstCpu]
    console.log(
      `${lineOf('  the other build', others)}: ${first.toFixed(2)} x (CPU ${cpu.toFixed(2)} x) the first time`,
    )
  }
}

function lineOf(name: string, { load, first, firstCpu, later, laterCpu }: Times): string {
  const cpu = (value: number) => `(${value.toFixed(0)})`.padStart(8)
  return `${name.padEnd(30)}${number(load, 1)} ${number(first, 1)}${cpu(firstCpu)} ${number(later, 1)}${cpu(laterCpu)} ${number(first / later, 1)}`
}

function printEfforts(): void {
  console.log(`\n${''.padEnd(30)}    steps   looked up  lists read  (x packages chosen)`)
  for (const [name, universes] of WORLDS) {
    const efforts = universes.map(effortOf)
    const sum = (of: (effort: Effort) => number) => efforts.reduce((total, effort) => total + of(effort), 0)
    const chosen = sum((effort) => effort.chosen)
    const ratio = (count: number) => (chosen === 0 ? '      ' : `(${(count / chosen).toFixed(2)})`)
    const solved = efforts.filter((effort) => effort.chosen > 0)
    const lookedUp = solved.reduce((total, effort) => total + effort.lookedUp, 0)
    const listsRead = solved.reduce((total, effort) => total + effort.listsRead, 0)
    const steps = number(sum((effort) => effort.steps))
    console.log(
      `${name.padEnd(30)}${steps} ${number(lookedUp)} ${ratio(lookedUp)} ${number(listsRead)} ${ratio(listsRead)}`,
    )
  }
}

/** Compares with semver-resolver, npm's only such package, which is installed outside the project for this run only. */
async function compare(): Promise<void> {
  fs.writeFileSync(path.join(scratch, 'package.json'), '{"private":true}')
  const wanted = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts', 'semver-resolver@0.4.0']
  await execa('npm', ['install', ...wanted], { cwd: scratch })
  const script = path.join(import.meta.dirname, 'other-resolver.mjs')
  console.log(`\nsemver-resolver 0.4.0, the same worlds, in a fresh process (at most ${PATIENCE / 1000} s each):`)
  for (const [name, universes] of WORLDS) {
    const file = path.join(scratch, 'worlds.json')
    const expect = (universe: Universe) => ({ solvable: 'solution' in resolveUniverse(universe) })
    fs.writeFileSync(file, JSON.stringify(universes.map((universe) => ({ ...universe, expect: expect(universe) }))))
    const { stdout, timedOut, failed } = await execa(process.execPath, [script, scratch, file], {
      timeout: PATIENCE,
      reject: false,
    })
    if (timedOut || failed) console.log(`${name.padEnd(30)} ${timedOut ? 'timed out' : 'failed with an error'}`)
    else {
      const { ms, wrong } = JSON.parse(stdout) as { ms: number; wrong: number }
      const ratio = ms / (firsts.get(name) ?? ms)
      const mistakes = wrong > 0 ? `; ${wrong} of ${universes.length} solvable but not solved` : ''
      console.log(`${name.padEnd(30)}${number(ms, 1)} ms, ${ratio.toFixed(1)} x our first time${mistakes}`)
    }
  }
}
