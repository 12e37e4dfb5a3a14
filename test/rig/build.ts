import { execFileSync } from 'node:child_process'

/** Builds the bundle before the tests, which run the real binary. */
export default function build(): void {
  execFileSync(process.execPath, ['build/bundle.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
