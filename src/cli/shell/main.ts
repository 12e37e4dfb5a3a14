import { unsetEmptyVariables } from '../../core/environment-variables.ts'
import { findCommand, loadCommand } from './commands.ts'
import { watchOutput } from '../terminal/standard-output.ts'

/**
 * The composition of the program, and the only place that prints and sets the exit status. Nothing heavy is
 * imported before it is known that it is needed: start-up time is a feature.
 */
async function main(argv: readonly string[]): Promise<void> {
  // Files that cpm makes for itself it must be able to read again, whatever the umask.
  process.umask(process.umask(0o077) & 0o077)
  const { runCommand, showOverview, showVersion } = await import('./run.ts')
  const words = argv.filter((word, index) => !word.startsWith('-') || index > 0)
  const leading = argv.findIndex((word) => !word.startsWith('-'))
  const flags = leading < 0 ? argv : argv.slice(0, leading)
  if (flags.includes('--version') || flags.includes('-V')) {
    showVersion(flags)
    return
  }
  const found = leading < 0 ? undefined : findCommand(argv.slice(leading))
  if (!found) {
    await showOverview(argv, words)
    return
  }
  await runCommand(await loadCommand(found.entry), [...flags, ...found.rest])
}

unsetEmptyVariables()
watchOutput(process)
await main(process.argv.slice(2))
