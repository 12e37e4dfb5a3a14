import type { PluginDeclaration } from '../../schema/plugin.ts'
import { describePermissions } from '../../plugins/describe-permissions.ts'
import { enforced } from '../../plugins/permission-flags.ts'
import type { Session } from '../session.ts'
import { type KnownPlugin, knownPlugins, requirePlugin } from './known-plugins.ts'

function summary({ name, status, source, approved }: KnownPlugin) {
  const { version = null, description = '', hooks = {}, commands = [] } = approved?.declaration ?? {}
  return {
    ...{ name, status, version, description },
    source: source.kind === 'file' ? source.file : source.package,
    hooks: Object.keys(hooks),
    commands: commands.map((command) => command.name),
  }
}

/** Lists the user's plugins, in the order in which their hooks run. */
export async function listPlugins(session: Session) {
  const settings = await session.config()
  return { plugins: knownPlugins(settings, session.home(settings)).map(summary) }
}

/** Shows what a plugin is and may do, and what this Node enforces. @throws CpmError PLUGIN_NOT_FOUND */
export async function pluginInfo(session: Session, { name }: { name: string }) {
  const settings = await session.config()
  const plugin = requirePlugin(knownPlugins(settings, session.home(settings)), name)
  const declaration: PluginDeclaration | undefined = plugin.approved?.declaration
  return {
    ...summary(plugin),
    place: plugin.place,
    digest: plugin.approved?.digest ?? null,
    approvedAt: plugin.approved?.approvedAt ?? null,
    declaration: declaration ?? null,
    facts: declaration ? describePermissions(declaration) : [],
    enforced: enforced(),
  }
}
