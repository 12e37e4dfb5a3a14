/**
 * `npm run bench:resolver`: how fast the resolver is on several kinds of worlds, how much of them it has to read, and
 * how other npm resolvers do on the same. Versions and ranges are in memory; nothing is installed. `-- --alone` skips
 * the other resolvers.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { execa } from 'execa'
import type { Candidate } from '../src/core/ports.ts'
import type * as api from '../src/resolver/api.ts'
import type { Universe } from '../src/resolver/api.ts'
import { createSolver } from '../src/resolver/solver.ts'
import { documentOf, problemOf } from '../src/resolver/universe.ts'
import { familiesUniverse, lockStepUniverse, sudokuUniverse } from './universes.ts'

// Times the bundle that users run, built by `npm ci`. The counts below come from the source.
const { resolveUniverse } = (await import(new URL('../dist/resolver.js', import.meta.url).href)) as Api

const CASES = path.resolve(import.meta.dirname, '../fixtures/resolver')
const RUNS = 7
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

function timed(universes: readonly Universe[]): number[] {
  return Array.from({ length: RUNS }, () => {
    const started = performance.now()
    for (const universe of universes) resolveUniverse(universe)
    return performance.now() - started
  })
}

const number = (value: number, digits = 0) => value.toFixed(digits).padStart(9)
console.log(
  `node ${process.version}, best and first of ${RUNS} runs in one process; explanations of unsolvable worlds included`,
)
console.log(`${''.padEnd(30)}  best ms  first ms    steps   looked up  lists read  (x packages chosen)`)
const best = new Map<string, number>()
for (const [name, universes] of WORLDS) {
  const times = timed(universes)
  const least = Math.min(...times)
  best.set(name, least)
  const efforts = universes.map(effortOf)
  const sum = (of: (effort: Effort) => number) => efforts.reduce((total, effort) => total + of(effort), 0)
  const chosen = sum((effort) => effort.chosen)
  const ratio = (count: number) => (chosen === 0 ? '      ' : `(${(count / chosen).toFixed(2)})`)
  const solved = efforts.filter((effort) => effort.chosen > 0)
  const lookedUp = solved.reduce((total, effort) => total + effort.lookedUp, 0)
  const listsRead = solved.reduce((total, effort) => total + effort.listsRead, 0)
  console.log(
    `${name.padEnd(30)}${number(least, 1)} ${number(times[0] ?? 0, 1)} ${number(sum(({ steps }) => steps))} ` +
      `${number(lookedUp)} ${ratio(lookedUp)} ${number(listsRead)} ${ratio(listsRead)}`,
  )
}

if (!process.argv.includes('--alone')) await compare()

/** Compares with semver-resolver, npm's only such package, which is installed outside the project for this run only. */
async function compare(): Promise<void> {
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-bench-'))
  try {
    fs.writeFileSync(path.join(scratch, 'package.json'), '{"private":true}')
    await execa(
      'npm',
      ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', 'semver-resolver@0.4.0'],
      {
        cwd: scratch,
      },
    )
    const script = path.join(import.meta.dirname, 'other-resolver.mjs')
    console.log(`\nsemver-resolver 0.4.0, the same worlds (at most ${PATIENCE / 1000} s each):`)
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
        const ratio = ms / (best.get(name) ?? ms)
        const mistakes = wrong > 0 ? `; ${wrong} of ${universes.length} solvable but not solved` : ''
        console.log(`${name.padEnd(30)}${number(ms, 1)} ms, ${ratio.toFixed(1)} x${mistakes}`)
      }
    }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}
