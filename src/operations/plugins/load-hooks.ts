import path from 'node:path'
import type { PluginSource } from '../../schema/plugin-state.ts'
import type { Settings } from '../../core/config.ts'
import { CpmError } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { safeJoin } from '../../core/safe-path.ts'
import { findProject, rootFolder } from '../../installer/find-project.ts'
import { projectAt } from '../../installer/project.ts'
import { Hooks } from '../../plugins/hooks.ts'
import { readPluginState } from '../../plugins/plugin-state.ts'
import { type PluginParts, RunningPlugin } from '../../plugins/running-plugin.ts'
import type { Session } from '../session.ts'

/** The project in `$CPM_HOME/plugins` that the packages with plugins are installed in. */
export function pluginProject({ plugins }: Home) {
  return projectAt(path.join(plugins, 'packages'))
}

/** Returns the file or folder of a plugin. */
export function placeOfPlugin(home: Home, source: PluginSource): string {
  return source.kind === 'file'
    ? path.join(home.plugins, source.file)
    : safeJoin(pluginProject(home).packages, source.package)
}

/** Returns the hooks of all approved and enabled plugins, and of the user's settings. */
export function loadHooks(session: Session, settings: Settings, home: Home): Hooks {
  const parts = pluginParts(session, home)
  const plugins = readPluginState(home.pluginState).flatMap((approved) => {
    const { enabled = true, package: named, ...own } = settings.plugins?.[approved.declaration.name] ?? {}
    const { source } = approved
    // A package is a plugin only as long as the user's settings name it.
    const isNamed = source.kind === 'file' || source.package === named
    return enabled && isNamed ? [new RunningPlugin(approved, placeOfPlugin(home, source), own, parts)] : []
  })
  const { env, cwd, emit, signal } = session
  const hooks = new Hooks({ plugins, commands: settings.hooks ?? {}, env, cwd: parts.project ?? cwd, emit, signal })
  session.atEnd(() => hooks.stop())
  return hooks
}

/** Returns the session for work that plugins must not wait for or stop. */
export function withoutHooks(session: Session): Session {
  return { ...session, hooks: () => Promise.resolve(undefined) }
}

/** Returns what the plugins of a session work with. */
export function pluginParts(session: Session, home: Home): PluginParts {
  const { env, emit, signal, cpmVersion } = session
  const project = findProject(session.cwd)
  return {
    folder: home.plugins,
    dataFolder: home.pluginData,
    env,
    project: project && rootFolder(project),
    cpmVersion,
    emit,
    signal,
    call: async (operation, options) => {
      const { callOperation } = await import('./callable.ts')
      // A hook would wait for the plugin, which waits for the operation.
      return await callOperation(withoutHooks(session), operation, options)
    },
  }
}

/** @throws CpmError PLUGIN_NOT_FOUND */
export function noSuchPlugin(name: string): CpmError {
  return new CpmError('PLUGIN_NOT_FOUND', `there is no plugin ${name}`, { hint: 'cpm plugins list' })
}
