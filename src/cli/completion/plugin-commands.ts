import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import type { CommandFacts } from './table.ts'

/** A command that a plugin adds, as completion needs it. */
export interface PluginCommand extends CommandFacts {
  readonly name: string
  readonly summary: string
}

/**
 * Returns the commands of plugins from a list that was kept when the plugins changed: completion starts no plugin. No
 * plugin adds commands yet.
 */
export function pluginCommands(_env: EnvironmentVariables): readonly PluginCommand[] {
  return []
}
