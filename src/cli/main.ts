import { findCommand, loadCommand } from './commands.ts'
import { cpmVersion } from './version.ts'

/**
 * The composition of the program, and the only place that prints and sets the exit status. Nothing heavy is
 * imported before it is known that it is needed: start-up time is a feature.
 */
async function main(argv: readonly string[]): Promise<void> {
  if (argv[0] === '--version' || argv[0] === '-V') {
    process.stdout.write(`${cpmVersion()}\n`)
    return
  }
  // Files that cpm makes for itself it must be able to read again, whatever the umask.
  process.umask(process.umask(0o077) & 0o077)
  const { runCommand, showOverview } = await import('./run.ts')
  const words = argv.filter((word, index) => !word.startsWith('-') || index > 0)
  const leading = argv.findIndex((word) => !word.startsWith('-'))
  const flags = leading < 0 ? argv : argv.slice(0, leading)
  const found = leading < 0 ? undefined : findCommand(argv.slice(leading))
  if (!found) {
    await showOverview(argv, words)
    return
  }
  await runCommand(await loadCommand(found.entry), [...flags, ...found.rest])
}

// A reader that has enough, as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
await main(process.argv.slice(2))
