import type { DeclaredCommand } from '../../schema/plugin.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError } from '../../core/errors.ts'
import { findHome } from '../../core/home.ts'
import { readPluginState } from '../../plugins/plugin-state.ts'
import type { Session } from '../session.ts'

/** The commands of all approved plugins, whether or not they are enabled. */
export function pluginCommands(env: EnvironmentVariables): readonly DeclaredCommand[] {
  const home = findHome(env)
  return home ? readPluginState(home.pluginState).flatMap(({ declaration }) => declaration.commands) : []
}

/** The same; none if they can't be read, so that help always works. */
export function readablePluginCommands(env: EnvironmentVariables): readonly DeclaredCommand[] {
  try {
    return pluginCommands(env)
  } catch (error) {
    if (error instanceof CpmError) return []
    throw error
  }
}

/**
 * Runs the command of a plugin.
 * @throws CpmError PLUGIN_NOT_APPROVED if the plugin is disabled or changed, HOOK_FAILED
 */
export async function runPluginCommand(session: Session, { name, timeout }: DeclaredCommand, input: unknown) {
  const plugin = (await session.hooks())?.pluginWith(name)
  if (plugin) return await plugin.runCommand(name, input, timeout)
  throw new CpmError('PLUGIN_NOT_APPROVED', `the plugin with the command ${name} is disabled`, {
    hint: 'cpm plugins list',
  })
}
