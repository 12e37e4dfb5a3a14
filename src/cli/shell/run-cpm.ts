import type { Terminal } from '../terminal/terminal.ts'
import { findCommand, loadCommand } from './commands.ts'
import type { RunParts } from './run.ts'
import { takeShortcut } from './shortcuts.ts'

/**
 * Runs cpm with arguments in a terminal. Imports modules only when they are needed, to keep start-up fast.
 * @returns the exit status
 */
export async function runCpm(argv: readonly string[], terminal: Terminal, parts: RunParts): Promise<number> {
  const done = parts.triedShortcut === true ? undefined : await takeShortcut(argv, terminal)
  if (done !== undefined) return done
  const leading = argv.findIndex((word) => !word.startsWith('-'))
  const flags = leading < 0 ? argv : argv.slice(0, leading)
  if (flags.includes('--version') || flags.includes('-V')) {
    const { showVersion } = await import('./show-version.ts')
    return showVersion(terminal, flags)
  }
  const found = leading < 0 ? undefined : findCommand(argv.slice(leading))
  if (!found) {
    const plugin = leading < 0 ? undefined : await findInPlugins(argv.slice(leading), terminal)
    if (plugin) {
      const { runCommand } = await import('./run.ts')
      return await runCommand(plugin.command, [...flags, ...plugin.rest], terminal, parts)
    }
    const { showOverview } = await import('./no-command.ts')
    return await showOverview(terminal, argv)
  }
  const { entry, rest } = found
  const { runCommand } = await import('./run.ts')
  return await runCommand(await loadCommand(entry), [...flags, ...rest], terminal, parts)
}

/** Finds the command of a plugin. A damaged home is reported by the commands that need one. */
async function findInPlugins(words: readonly string[], { env }: Terminal) {
  const { findPluginCommand } = await import('./plugin-command.ts')
  return findPluginCommand(words, env)
}
