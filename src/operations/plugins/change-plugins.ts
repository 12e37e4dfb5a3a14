import fs from 'node:fs'
import { fileError } from '../../core/errors.ts'
import { readPluginFiles } from '../../plugins/plugin-files.ts'
import { describePlugin } from '../../plugins/running-plugin.ts'
import { uninstall } from '../project/uninstall.ts'
import type { Session } from '../session.ts'
import { setSetting } from '../settings.ts'
import { forgetApproval, isCovered, recordApproval, requireApproval } from './approve.ts'
import { knownPlugins, refuseConflicts, requirePlugin } from './known-plugins.ts'
import { pluginParts, pluginProject, withoutHooks } from './load-hooks.ts'

export interface EnablePluginOptions {
  name: string
  /** approve it without asking */
  yes?: boolean
  /** first words of commands that plugins may not have */
  reserved?: readonly string[]
}

/**
 * Lets a plugin run. Asks for approval if there is none for its files, version and permissions.
 * @throws CpmError PLUGIN_NOT_FOUND, PLUGIN_INVALID, PLUGIN_NOT_APPROVED
 */
export async function enablePlugin(session: Session, { name, yes = false, reserved = [] }: EnablePluginOptions) {
  const settings = await session.config()
  const home = session.home(settings)
  const known = knownPlugins(settings, home)
  const plugin = requirePlugin(known, name)
  const files = readPluginFiles(plugin.place)
  const declaration = await describePlugin(files, pluginParts(session, home))
  const candidate = { declaration, source: plugin.source, files }
  const wasCovered = isCovered(candidate, plugin.approved)
  if (!wasCovered) {
    refuseConflicts(declaration, plugin.place, known, reserved)
    await requireApproval(session, candidate, {
      before: plugin.approved,
      yes,
      again: `cpm plugins enable ${name} --yes`,
    })
    await recordApproval(session, home, candidate)
  }
  const { changed } = await setSetting(session, { key: `plugins.${declaration.name}.enabled`, value: undefined })
  return { name: declaration.name, version: declaration.version, changed: changed || !wasCovered }
}

/** Keeps a plugin from running, until it is enabled again. @throws CpmError PLUGIN_NOT_FOUND */
export async function disablePlugin(session: Session, { name }: { name: string }) {
  const settings = await session.config()
  requirePlugin(knownPlugins(settings, session.home(settings)), name)
  const { changed } = await setSetting(session, { key: `plugins.${name}.enabled`, value: 'false' })
  return { name, changed }
}

/** Removes a plugin with its files, its approval and its settings; its data stays. @throws CpmError PLUGIN_NOT_FOUND */
export async function removePlugin(session: Session, { name }: { name: string }) {
  const settings = await session.config()
  const home = session.home(settings)
  const { source, place } = requirePlugin(knownPlugins(settings, home), name)
  await forgetApproval(session, home, name)
  await setSetting(session, { key: `plugins.${name}`, value: undefined })
  if (source.kind === 'package') {
    // No plugin may keep one from being removed, least of all itself.
    const there: Session = { ...withoutHooks(session), cwd: pluginProject(home).root }
    await uninstall(there, { names: [source.package], copy: true, offline: true })
  } else
    try {
      fs.rmSync(place, { recursive: true, force: true })
    } catch (error) {
      throw fileError(error, 'remove', place)
    }
  return { name, place }
}
