import fs from 'node:fs'
import path from 'node:path'
import { ERRORS } from '../../schema/errors.ts'
import { COMMAND_LIST } from '../shell/command-list.ts'
import type { Candidate, Place, Typed } from './candidate.ts'
import { SETTING_KEYS } from './command-table.ts'
import { keptNames, lockedVersions, namesOnDisk, versionsOnDisk } from './known-packages.ts'
import { findManifest, inputValues, workflowsOf } from './manifest-facts.ts'
import { pluginNames } from './plugin-commands.ts'
import type { FlagFacts, PositionalFacts } from './table.ts'

/** Returns the values that a flag may have; none for files, which shells complete themselves. */
export async function valuesOfFlag(flag: FlagFacts, typed: Typed, place: Place): Promise<Candidate[]> {
  if (flag.choices) return plain(flag.choices)
  switch (flag.name) {
    case '--set':
    case '--set-string':
    case '--set-json':
    case '--set-file':
      return await inputValues(findManifest(typed.positionals[0] ?? '.', place), typed.text, flag.name)
    case '--workflow':
      return plain(workflowsOf(findManifest(typed.positionals[0] ?? '.', place)))
    case '--registry':
      return plain(keptNames(place, 'registries'))
    case '--context':
      return plain(keptNames(place, 'contexts'))
    case '--key':
      return plain(keptNames(place, 'keys'))
    case '--for':
    case '--replacement':
      return plain(namesOnDisk(place, typed.text))
    default:
      return []
  }
}

/** Commands about what the project has. */
const ABOUT_LOCKED = new Set(['uninstall', 'update', 'why', 'path', 'tree'])

/** Returns the values that an argument may have. */
export async function valuesOfPositional(
  { key, value, choices }: PositionalFacts,
  typed: Typed,
  place: Place,
): Promise<Candidate[]> {
  const { command, text } = typed
  if (choices) return plain(choices)
  if (ABOUT_LOCKED.has(command)) return plain([...lockedVersions(place).keys()])
  if (command === 'help') return plain([...COMMAND_LIST.map(({ name }) => name), ...Object.keys(ERRORS)])
  if (command.startsWith('config ') && key === 'key') return plain(SETTING_KEYS.filter((each) => !each.includes('<')))
  if (command.startsWith('context ') && command !== 'context add') return plain(keptNames(place, 'contexts'))
  if (command === 'key export') return plain(keptNames(place, 'keys'))
  if (command.startsWith('plugins ') && key === 'name') return plain(pluginNames(place.env))
  if (command === 'values explain' && key === 'key')
    return (await inputValues(findManifest('.', place), text, '--set')).map(({ value, about }) => {
      return { value: value.replace(/=$/, ''), about }
    })
  if (value === 'run') return plain(keptNames(place, 'runs'))
  if (value === 'registry') return plain(keptNames(place, 'registries'))
  switch (key) {
    case 'target':
    case 'left':
    case 'right':
      return [...packages(text, place), ...folders(text, place)]
    case 'names':
    case 'release':
      return packages(text, place)
    case 'name':
      return command.startsWith('owner ') ? plain(namesOnDisk(place, text)) : []
    default:
      return []
  }
}

/** Offers names, and versions once there is an `@` after a name. */
function packages(text: string, place: Place): Candidate[] {
  const at = text.indexOf('@', 1)
  if (at < 0) return plain(namesOnDisk(place, text))
  const name = text.slice(0, at)
  return versionsOnDisk(place, name).map((version) => ({ value: `${name}@${version}` }))
}

/** Offers the folders below the one that is typed; each ends with a slash, so that typing can go on. */
function folders(text: string, { cwd }: Place): Candidate[] {
  const base = text.slice(0, text.lastIndexOf('/') + 1)
  try {
    const entries = fs.readdirSync(path.resolve(cwd, base), { withFileTypes: true })
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    // A name with a character that a shell would read is left to the shell.
    return names.flatMap(({ name }) => (/^[\w.+-]+$/.test(name) ? [{ value: `${base}${name}/` }] : []))
  } catch {
    return []
  }
}

function plain(values: Iterable<string>): Candidate[] {
  return [...values].map((value) => ({ value }))
}
