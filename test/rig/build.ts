import { execFileSync } from 'node:child_process'

/** The tests run the real binary: the bundle is made anew before them, so that they never see an old one. */
export default function build(): void {
  execFileSync(process.execPath, ['build/bundle.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
