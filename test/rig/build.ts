import { execFileSync } from 'node:child_process'

const BUILT = Symbol.for('cpm is built')

/** Builds the bundle before the tests, which run the real binary: once, although each project of vitest asks for it. */
export default function build(): void {
  const run = globalThis as { [BUILT]?: true }
  if (run[BUILT]) return
  run[BUILT] = true
  execFileSync(process.execPath, ['build/bundle.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
