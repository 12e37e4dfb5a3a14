import fs from 'node:fs'
import path from 'node:path'
import type { Permissions } from '../schema/plugin.ts'
import { CpmError } from '../core/errors.ts'

/** What this Node can enforce for the process of a plugin. */
export interface Enforced {
  /** files, child processes, threads, native modules */
  readonly files: true
  /** connections to other machines: since Node 25 */
  readonly network: boolean
}

const knows = (flag: string) => process.allowedNodeEnvironmentFlags.has(flag)

export function enforced(): Enforced {
  return { files: true, network: knows('--allow-net') }
}

export interface PluginPlaces {
  /** the plugin's file or folder */
  readonly own: string
  /** the folders of cpm's own modules that it imports */
  readonly runtime: readonly string[]
  /** the folder of the project; undefined outside of one */
  readonly project: string | undefined
  /** the plugin's folder for data */
  readonly data: string
}

/**
 * Returns the flags with which Node confines a plugin's process to its permissions (Node documentation, "Permission
 * Model").
 * @throws CpmError PLUGIN_INVALID for a path that can't be granted exactly
 */
export function permissionFlags({ read, write, network }: Permissions, places: PluginPlaces): string[] {
  const reads = [places.own, ...places.runtime, ...[...read, ...write].flatMap((place) => placeOf(place, places))]
  const writes = write.flatMap((place) => placeOf(place, places))
  return [
    knows('--permission') ? '--permission' : '--experimental-permission',
    ...reads.map((place) => `--allow-fs-read=${exactly(place)}`),
    ...writes.map((place) => `--allow-fs-write=${exactly(place)}`),
    ...(network && knows('--allow-net') ? ['--allow-net'] : []),
  ]
}

/** Returns the path of a place; nothing for one in a project where there is none. */
function placeOf(place: string, { project, data }: PluginPlaces): string[] {
  const below = (folder: string) => path.join(folder, place.slice(place.indexOf('/') + 1 || place.length))
  if (/^project(?:\/|$)/.test(place)) return project === undefined ? [] : [below(project)]
  return [/^data(?:\/|$)/.test(place) ? below(data) : path.normalize(place)]
}

/**
 * Returns the place as Node takes it. A folder ends with a separator, and whatever is below it is meant too. One that
 * does not exist yet is recognized by the separator with which it was declared.
 */
function exactly(place: string): string {
  if (/[*,]/.test(place))
    throw new CpmError('PLUGIN_INVALID', `Node can't limit a plugin to ${place}, because of the * or comma in it`, {
      hint: 'rename the folder',
    })
  const isFolder = fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true
  return isFolder && !place.endsWith(path.sep) ? place + path.sep : place
}
