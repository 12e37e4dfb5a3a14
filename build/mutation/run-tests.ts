/** `run-tests.ts <file with a TestRun>`: runs tests on source code that is changed while it loads. */
import fs from 'node:fs'
import path from 'node:path'
import { createVitest } from 'vitest/node'
import { mutated, withSwitches, type Mutant } from './mutants.ts'

export interface TestRun {
  readonly tests: readonly string[]
  readonly mutants: readonly Mutant[]
  /** with a journal, mutants are tried one after another; without one, the only mutant is active from the start */
  readonly journal?: string
  readonly count?: number
  readonly tries?: number
  /** whether to run the slow tests too */
  readonly isSlow?: boolean
}

const ROOT = path.resolve(import.meta.dirname, '../..')
const SRC = path.join(ROOT, 'src') + path.sep
const THREADLESS = "export { poolHere as createPool } from '../../test/rig/in-process.ts'\nfunction threads"
const SLOW = ['**/oracle.test.ts', '**/property.test.ts', '**/real.test.ts']

const { tests, mutants, journal, count, tries, isSlow } = JSON.parse(
  fs.readFileSync(process.argv[2] ?? '', 'utf8'),
) as TestRun
Object.assign(process.env, { CPM_TEST_FROM: 'source', MUTATION_JOURNAL: journal ?? '', MUTATION_COUNT: String(count ?? 0), MUTATION_TRIES: String(tries ?? 0), ...(isSlow && { MUTATION_SLOW: 'yes', CPM_UNIVERSES: '200' }) }) // prettier-ignore
process.exitCode = (await passes()) ? 0 : 1

async function passes(): Promise<boolean> {
  const plugins = [{ name: 'mutation', enforce: 'pre' as const, load: changed }]
  const vitest = await createVitest(
    'test',
    {
      root: ROOT,
      config: false,
      watch: false,
      include: ['test/**/*.test.ts'],
      exclude: isSlow ? [] : SLOW,
      // Servers run in a separate process, which has no mutants.
      testNamePattern: '^(?!.*HTTP)',
      pool: 'forks',
      isolate: false,
      maxWorkers: 1,
      testTimeout: journal ? 3_600_000 : 60_000,
      hookTimeout: 120_000,
      reporters: [{}],
      bail: journal ? 0 : 1,
      ...(journal && { runner: path.join(import.meta.dirname, 'runner.ts') }),
    },
    { plugins },
  )
  const { testModules } = await vitest.start([...tests])
  const failed = testModules.flatMap((file) => [...file.children.allTests('failed')])
  if (journal) for (const test of failed) console.log(`failed without a mutant: ${test.fullName}: ${test.result().errors?.[0]?.message ?? ''}`) // prettier-ignore
  for (const file of testModules) for (const error of file.errors()) console.log(file.moduleId, error.message)
  const crashes = vitest.state.getUnhandledErrors() as Error[]
  for (const { message } of crashes) console.log(message)
  await vitest.close()
  // A test that fails without a mutant is skipped, because it can't judge mutants.
  return journal ? crashes.length === 0 : testModules.every((file) => file.ok())
}

/** Returns the source of a module with its mutants. */
function changed(id: string): string | undefined {
  const file = id.split('?')[0] ?? ''
  if (!file.startsWith(SRC) || !file.endsWith('.ts')) return undefined
  const text = fs.readFileSync(file, 'utf8')
  // A worker thread would load the unchanged source, so tasks run on the calling thread.
  if (file.endsWith('/core/pool.ts')) return text.replace('export function createPool', THREADLESS)
  const here = mutants.filter((mutant) => mutant.file === file)
  const [first] = here
  if (!first) return undefined
  return journal ? withSwitches(text, here) : mutated(text, first)
}
