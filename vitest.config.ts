import { defineConfig } from 'vitest/config'
import { LONGEST, LongestFirst } from './test/rig/longest-first.ts'

/** Sweeps of crashes, faults, floods, hostile input, random cases and real packages: `npm run sweep`. */
const SWEEPS = [
  'test/core/yaml.test.ts',
  'test/corpus.test.ts',
  'test/faults/*.test.ts',
  'test/fuzz/*.test.ts',
  'test/package/bombs.test.ts',
  'test/package/hostile-archives.test.ts',
  'test/package/other-readers.test.ts',
  'test/resolver/oracle.test.ts',
  'test/server/kill.test.ts',
  'test/server/limits.test.ts',
]

/** Files that change their process, measure it, or keep it busy for long, have one of their own. */
const ALONE = [
  ...LONGEST,
  'cli/submit-colony',
  'colonyos/kill',
  'core/atomic-file',
  'core/concurrency',
  'engines/local/function-command',
  'engines/local/local-engine',
  'expressions/bounds',
  'installer/failed-install',
  'registry-client/redirect-guard',
].map((name) => `test/${name}.test.ts`)

const common = {
  globalSetup: ['test/rig/build.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
  pool: 'forks' as const,
}

export default defineConfig({
  test: {
    // One more than the two cores that all of it has to be fast on: tests of servers and processes also wait.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    coverage: { provider: 'v8', include: ['src/**/*.ts', 'server/**/*.ts'], reporter: ['text-summary', 'html'] },
    projects: [
      { test: { ...common, name: 'alone', include: ALONE } },
      // The others share processes, which load cpm only once.
      {
        test: {
          ...common,
          name: 'shared',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, ...SWEEPS],
          isolate: false,
        },
      },
      { test: { ...common, name: 'sweep', include: SWEEPS } },
    ],
  },
})
