import path from 'node:path'
import type { Blake3 } from '../../schema/digest.ts'
import { type PluginDeclaration, PluginName } from '../../schema/plugin.ts'
import type { ApprovedPlugin, PluginSource } from '../../schema/plugin-state.ts'
import { isThere, namesIn } from '../../core/atomic-file.ts'
import type { Settings } from '../../core/config.ts'
import { closest } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { readPluginFiles } from '../../plugins/plugin-files.ts'
import { readPluginState } from '../../plugins/plugin-state.ts'
import { placeOfPlugin } from './load-hooks.ts'

export type PluginStatus = 'enabled' | 'disabled' | 'not approved' | 'changed' | 'missing'

/** A plugin that is approved, or that could be. */
export interface KnownPlugin {
  readonly name: string
  readonly status: PluginStatus
  readonly source: PluginSource
  /** the file or folder */
  readonly place: string
  /** what the user approved, if anything */
  readonly approved: ApprovedPlugin | undefined
}

/** Folders in `$CPM_HOME/plugins` that are no plugins. */
const OTHERS = new Set(['node_modules', 'packages'])

/** Returns the approved plugins in their order, then the others by name. */
export function knownPlugins(settings: Settings, home: Home): KnownPlugin[] {
  const state = readPluginState(home.pluginState)
  const approved = state.map((entry): KnownPlugin => {
    const { name } = entry.declaration
    const place = placeOfPlugin(home, entry.source)
    return { name, source: entry.source, place, approved: entry, status: statusOf(entry, place, settings) }
  })
  const known = new Set(approved.map(({ place }) => place))
  const sources: [string, PluginSource][] = [
    ...filePlugins(home).map((file): [string, PluginSource] => [file.replace(/\.mjs$/, ''), { kind: 'file', file }]),
    ...Object.entries(settings.plugins ?? {}).flatMap(([name, { package: named }]): [string, PluginSource][] =>
      named === undefined ? [] : [[name, { kind: 'package', package: named }]],
    ),
  ]
  const others = sources
    .map(([name, source]) => ({ name, source, place: placeOfPlugin(home, source) }))
    .filter(({ place }) => !known.has(place))
    .map((plugin): KnownPlugin => ({
      ...plugin,
      approved: undefined,
      status: isThere(plugin.place) ? 'not approved' : 'missing',
    }))
  return [...approved, ...others.sort((a, b) => (a.name < b.name ? -1 : 1))]
}

function filePlugins({ plugins }: Home): string[] {
  return namesIn(plugins).filter(
    (file) =>
      !OTHERS.has(file) &&
      PluginName.safeParse(file.replace(/\.mjs$/, '')).success &&
      (file.endsWith('.mjs') || isThere(path.join(plugins, file, 'plugin.mjs'))),
  )
}

function statusOf({ declaration, digest, source }: ApprovedPlugin, place: string, settings: Settings): PluginStatus {
  if (!isThere(place)) return 'missing'
  // Files that are no longer a plugin are a change too: it must still be possible to list and remove it.
  if (digestOf(place) !== digest) return 'changed'
  const { enabled = true, package: named } = settings.plugins?.[declaration.name] ?? {}
  return enabled && (source.kind === 'file' || source.package === named) ? 'enabled' : 'disabled'
}

function digestOf(place: string): Blake3 | undefined {
  try {
    return readPluginFiles(place).digest
  } catch (error) {
    if (error instanceof CpmError) return undefined
    throw error
  }
}

/** @throws CpmError PLUGIN_NOT_FOUND */
export function requirePlugin(known: readonly KnownPlugin[], name: string): KnownPlugin {
  const found = known.find((plugin) => plugin.name === name)
  if (found) return found
  const meant = closest(
    name,
    known.map((plugin) => plugin.name),
  )
  throw new CpmError(
    'PLUGIN_NOT_FOUND',
    `there is no plugin ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    {
      hint: 'cpm plugins list',
    },
  )
}

/** Refuses a plugin whose name or commands are taken. @throws CpmError PLUGIN_INVALID */
export function refuseConflicts(
  { name, commands }: PluginDeclaration,
  place: string,
  known: readonly KnownPlugin[],
  reserved: readonly string[],
): void {
  if (OTHERS.has(name)) throw new CpmError('PLUGIN_INVALID', `a plugin can't be called ${name}`)
  const others = known.filter((plugin) => plugin.place !== place)
  if (others.some((plugin) => plugin.approved !== undefined && plugin.name === name))
    throw new CpmError('PLUGIN_INVALID', `another plugin is called ${name}`, { hint: `cpm plugins remove ${name}` })
  for (const command of commands) {
    const [first = ''] = command.name.split(' ')
    const owner = others.find((plugin) =>
      plugin.approved?.declaration.commands.some((other) => other.name.split(' ')[0] === first),
    )
    if (owner)
      throw new CpmError('PLUGIN_INVALID', `the plugin ${owner.name} already has the command cpm ${first}`, {
        hint: `cpm plugins remove ${owner.name}`,
      })
    if (reserved.includes(first))
      throw new CpmError(
        'PLUGIN_INVALID',
        `the plugin ${name} has a command cpm ${command.name}, which is one of cpm's own`,
      )
  }
}
