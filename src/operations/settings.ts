import { z } from 'zod'
import type { Config } from '../schema/config.ts'
import { writeFileAtomic, readIfThere } from '../core/atomic-file.ts'
import { readableJson } from '../core/canonical-json.ts'
import { checkConfig, readConfigFiles, readUserConfig } from '../core/config.ts'
import { CpmError } from '../core/errors.ts'
import { findHome } from '../core/home.ts'
import { withLock } from '../core/locks.ts'
import { parseSettingKey, settingKey, settingKeys, settingSchema } from '../core/setting-keys.ts'
import { findProject, rootFolder } from '../installer/find-project.ts'
import type { Session } from './session.ts'

/** A setting that has a value, and where that comes from. */
export interface Setting {
  readonly key: string
  readonly value: unknown
  readonly origin: 'environment' | 'user' | 'project'
  /** the file, or the environment variable */
  readonly place: string
  /** another place has a value that is used instead */
  readonly overridden: boolean
}

/** Settings that an environment variable replaces. */
const VARIABLES = [
  ['registry.default', 'CPM_REGISTRY'],
  ['security.lockTimeout', 'CPM_LOCK_TIMEOUT'],
  ['security.prove', 'CPM_PROVE'],
  ['storage.siteStores', 'CPM_SITE_STORES'],
] as const

/**
 * Lists the settings that have a value, and the keys of all others. Passwords in URLs are left out.
 * @throws CpmError CONFIG_INVALID
 */
export async function listSettings(session: Session): Promise<{ settings: Setting[]; unset: string[] }> {
  const { env, cwd, emit } = session
  const home = findHome(env)
  const found = findProject(cwd)
  const project = found && rootFolder(found)
  const files = await readConfigFiles({ project, userFile: home?.config, emit })
  const ofProject = leavesOf(files.project.settings)
  const ofUser = leavesOf(files.user)
  const given = VARIABLES.flatMap(([key, name]) => {
    const value = env.get(name)
    return value === undefined ? [] : [{ key, value, origin: 'environment' as const, place: name }]
  })
  const all = [
    ...given,
    // A project's registries never replace those of the user.
    ...ofProject.filter(({ key }) => !key.startsWith('registry.')).map(from('project', files.project.file ?? '')),
    ...ofUser.map(from('user', home?.config ?? '')),
    ...ofProject.filter(({ key }) => key.startsWith('registry.')).map(from('project', files.project.file ?? '')),
  ]
  const seen = new Set<string>()
  const settings = all.map((setting): Setting => {
    const overridden = seen.has(setting.key)
    seen.add(setting.key)
    return { ...setting, value: withoutPassword(setting.value), overridden }
  })
  settings.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { settings, unset: settingKeys().filter((key) => !seen.has(key)) }
}

/** Returns the value that applies to a key; null if none is set. @throws CpmError USAGE, CONFIG_INVALID */
export async function getSetting(session: Session, { key }: { key: string }) {
  const at = parseSettingKey(key)
  settingSchema(at)
  const wanted = settingKey(at)
  const { settings } = await listSettings(session)
  const found = settings.filter((setting) => !setting.overridden && isAtOrBelow(setting.key, wanted))
  const [only] = found
  if (only?.key === wanted) return { key: wanted, value: only.value, settings: found }
  return { key: wanted, value: null, settings: found }
}

export interface SetSettingOptions {
  key: string
  /** undefined removes the setting */
  value: string | undefined
  lockTimeout?: number | undefined
}

/**
 * Changes a setting in the user's file, which keeps its other contents.
 * @throws CpmError USAGE for an unknown key or a value that does not fit, CONFIG_INVALID if the file has comments or is
 *   damaged
 */
export async function setSetting(session: Session, { key, value, lockTimeout }: SetSettingOptions) {
  const at = parseSettingKey(key)
  const schema = settingSchema(at)
  const settings = await session.config()
  const { config: file } = session.home(settings)
  const options = { subject: 'your settings', timeout: session.lockTimeout(settings, lockTimeout), emit: session.emit }
  const parsed = value === undefined ? undefined : parseValue(schema, settingKey(at), value, file)
  return await withLock(file, options, () => {
    readUserConfig(file)
    const before = plainJson(file)
    const after = changed(before, at, parsed)
    checkConfig(file, after)
    const isChanged = JSON.stringify(before) !== JSON.stringify(after)
    if (isChanged) writeFileAtomic(file, readableJson(after), { mode: 0o600 })
    return Promise.resolve({ key: settingKey(at), value: parsed ?? null, file, changed: isChanged })
  })
}

function from(origin: 'user' | 'project', place: string) {
  return (leaf: { key: string; value: unknown }) => ({ ...leaf, origin, place })
}

/** Returns the scalars and lists in settings, with their keys. */
function leavesOf(config: Config): { key: string; value: unknown }[] {
  const walk = (value: unknown, at: readonly string[]): { key: string; value: unknown }[] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, entry]) => walk(entry, [...at, key]))
      : [{ key: settingKey(at), value }]
  return walk(config, []).filter(({ value }) => value !== undefined)
}

function isAtOrBelow(key: string, wanted: string): boolean {
  return key === wanted || key.startsWith(`${wanted}.`)
}

function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(PASSWORD, '$1***@') : value
}

const PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*:)[^/?#]*@/i

/** Reads a value as it is typed: as JSON if that fits the setting, otherwise as text. */
function parseValue(schema: z.ZodType, key: string, text: string, file: string): unknown {
  if (PASSWORD.test(text))
    throw new CpmError('USAGE', 'a password in a command line is visible to other users of this machine', {
      hint: `write it into ${file}`,
    })
  const candidates = [...jsonIn(text), text]
  for (const candidate of candidates) {
    const result = schema.safeParse(candidate)
    if (result.success) return candidate
  }
  const [issue] = schema.safeParse(candidates[0]).error?.issues ?? []
  throw new CpmError('USAGE', `${key}: ${issue?.message ?? 'is not valid'}`, {
    hint: schema instanceof z.ZodArray ? `a list is written as '["a", "b"]'` : `cpm config get ${key}`,
  })
}

function jsonIn(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

/** Reads the file as JSON, which can be written again without losing anything. */
function plainJson(file: string): Record<string, unknown> {
  const bytes = readIfThere(file)
  if (!bytes || bytes.toString().trim() === '') return {}
  const [data] = jsonIn(bytes.toString())
  if (data !== null && typeof data === 'object') return data as Record<string, unknown>
  throw new CpmError('CONFIG_INVALID', `${file} is YAML, or has comments, which cpm would lose`, {
    hint: 'change it in an editor',
  })
}

/** Returns the data with another value at a path, without the maps that this leaves empty. */
function changed(
  data: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const { [key]: before, ...others } = data
  if (rest.length === 0) return value === undefined ? others : { ...data, [key]: value }
  const isMap = before !== null && typeof before === 'object' && !Array.isArray(before)
  const inner = changed(isMap ? (before as Record<string, unknown>) : {}, rest, value)
  return Object.keys(inner).length === 0 ? others : { ...data, [key]: inner }
}
