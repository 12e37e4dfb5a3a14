import type { Terminal } from '../terminal/terminal.ts'
import { findCommand, loadCommand } from './commands.ts'
import { GLOBAL_FLAG_NAMES, readGlobalFlags } from './global-flags.ts'
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
    const ofPlugin = leading < 0 ? undefined : await runInPlugins(argv.slice(leading), { flags, terminal, parts })
    if (ofPlugin !== undefined) return ofPlugin
    const group = leading < 0 ? undefined : await groupToExplain(argv)
    if (group !== undefined)
      return await runCpm(['help', group, ...argv.filter((word) => GLOBAL_FLAG_NAMES.includes(word))], terminal, parts)
    const { showOverview } = await import('./no-command.ts')
    return await showOverview(terminal, argv)
  }
  const { entry, rest } = found
  const { runCommand } = await import('./run.ts')
  return await runCommand(await loadCommand(entry), [...flags, ...rest], terminal, parts)
}

interface PluginRun {
  readonly flags: readonly string[]
  readonly terminal: Terminal
  readonly parts: RunParts
}

/** Runs the command of a plugin. @returns the exit status; undefined if no plugin has it */
async function runInPlugins(words: readonly string[], { flags, terminal, parts }: PluginRun) {
  const { findPluginCommand } = await import('./plugin-command.ts')
  const { printError, runCommand } = await import('./run.ts')
  try {
    const found = findPluginCommand(words, terminal.env)
    return found && (await runCommand(found.command, [...flags, ...found.rest], terminal, parts))
  } catch (error) {
    // Whether there is such a command is unknown when the plugins can't be read.
    return printError(terminal, error, readGlobalFlags([...flags, ...words]))
  }
}

/** Returns the group of commands in `cpm <group> --help`. */
async function groupToExplain(argv: readonly string[]): Promise<string | undefined> {
  const words = argv.filter((word) => !word.startsWith('-'))
  if (words.length !== 1 || !argv.some((word) => word === '--help' || word === '-h')) return undefined
  const { COMMAND_LIST } = await import('./command-list.ts')
  return words.find((word) => COMMAND_LIST.some(({ name }) => name.startsWith(`${word} `)))
}
