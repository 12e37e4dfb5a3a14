import type { DeclaredCommand, DeclaredOption } from '../../schema/plugin.ts'
import type { PluginState } from '../../schema/plugin-state.ts'
import { readIfThere } from '../../core/atomic-file.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { findHome } from '../../core/home.ts'
import { kebab } from '../shell/kebab.ts'
import type { CommandFacts, FlagFacts } from './table.ts'

/** A command that a plugin adds, as completion needs it. */
export interface PluginCommand extends CommandFacts {
  readonly name: string
  readonly summary: string
}

/** Returns the commands of approved plugins: completion starts no plugin, and checks nothing. */
export function pluginCommands(env: EnvironmentVariables): readonly PluginCommand[] {
  try {
    return approvedPlugins(env).flatMap(({ declaration }) => declaration.commands.map(factsOf))
  } catch {
    // The file is damaged, which the commands themselves report.
    return []
  }
}

/** Returns the names of approved plugins. */
export function pluginNames(env: EnvironmentVariables): readonly string[] {
  try {
    return approvedPlugins(env).map(({ declaration }) => declaration.name)
  } catch {
    return []
  }
}

function approvedPlugins(env: EnvironmentVariables): PluginState['plugins'] {
  const home = findHome(env)
  const bytes = home && readIfThere(home.pluginState)
  return bytes ? (JSON.parse(bytes.toString()) as PluginState).plugins : []
}

function factsOf({ name, summary, options, positionals }: DeclaredCommand): PluginCommand {
  const flags = Object.entries(options).filter(([key]) => !positionals.includes(key))
  return {
    name,
    summary,
    positionals: positionals.map((key) => {
      const { type, value = key, choices } = options[key] ?? { type: 'string' }
      return { key, value, isMany: type === 'strings', ...(choices && { choices }) }
    }),
    flags: flags.map(([key, option]) => flagOf(key, option)),
  }
}

function flagOf(key: string, { type, choices, short, value = 'value', description }: DeclaredOption): FlagFacts {
  return {
    name: `--${kebab(key)}`,
    about: description,
    ...(short !== undefined && { short: `-${short}` }),
    ...(type !== 'boolean' && { value }),
    ...(type === 'strings' && { isMany: true }),
    ...(choices && { choices }),
  }
}
