import { keepCompiledCode } from '../core/compile-cache.ts'
import { processEnvironment } from '../core/environment-variables.ts'
import { takeShortcut } from './shell/shortcuts.ts'
import { watchOutput } from './terminal/standard-output.ts'

/**
 * Runs a command line in a process if it needs hardly any of cpm. This is the first module that the binary loads, in a
 * bundle of its own, so it must import almost nothing.
 * @returns whether it ran
 */
export async function runShortcut(process: NodeJS.Process): Promise<boolean> {
  const { stdout } = process
  const place = {
    stdout,
    env: processEnvironment,
    get cwd() {
      return process.cwd()
    },
  }
  const status = await takeShortcut(process.argv.slice(2), place)
  if (status === undefined) {
    // The shortcuts are so small that compiling them takes no longer than looking for a cache.
    keepCompiledCode(processEnvironment)
    return false
  }
  watchOutput(process)
  process.exitCode = status
  return true
}
