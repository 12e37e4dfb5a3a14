import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/rig/longest-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/rig/build.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One more than the two cores that all of it has to be fast on: tests of servers and processes also wait.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    coverage: { provider: 'v8', include: ['src/**/*.ts', 'server/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
})
