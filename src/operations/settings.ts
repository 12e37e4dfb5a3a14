import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Config } from '../schema/config.ts'
import { isThere, readIfThere, writeFileAtomic } from '../core/atomic-file.ts'
import { readableJson } from '../core/canonical-json.ts'
import { numberFromEnv, parseConfig, readConfigFiles, readUserConfig, switchFromEnv } from '../core/config.ts'
import { chosenContext } from './contexts.ts'
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
  readonly origin: 'environment' | 'context' | 'user' | 'project'
  /** the file, or the environment variable */
  readonly place: string
  /** another place has a value that is used instead */
  readonly overridden: boolean
}

/**
 * Lists the settings that have a value, and the keys of all others. Users and passwords in URLs are left out.
 * @throws CpmError CONFIG_INVALID
 */
export async function listSettings(session: Session): Promise<{ settings: Setting[]; unset: string[] }> {
  const { cwd, emit } = session
  const home = findHome(session.env)
  const found = findProject(cwd)
  const project = found && rootFolder(found)
  const files = await readConfigFiles({ project, userFile: home?.config, emit })
  const mine = leavesOf(files.user).map(from('user', home?.config ?? ''))
  const theirs = leavesOf(files.project.settings).map(from('project', files.project.file ?? ''))
  const ofRegistries = ({ key }: { key: string }) => /^(?:registry|policy)\./.test(key)
  // What applies comes first. A project's registries and rules never replace those of the user.
  const all = [
    ...fromEnvironment(session),
    ...fromContext(session, home?.contexts),
    ...theirs.filter((leaf) => !ofRegistries(leaf)),
    ...mine,
    ...theirs.filter((leaf) => ofRegistries(leaf) && isHonored(leaf.path, files.user)),
  ]
  const seen = new Set<string>()
  const settings = all.map(({ key, value, origin, place }): Setting => {
    const overridden = seen.has(key)
    seen.add(key)
    return { key, value: withoutCredentials(value), origin, place, overridden }
  })
  settings.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return { settings, unset: settingKeys().filter((key) => !seen.has(key)) }
}

/** Settings that an environment variable replaces. */
function fromEnvironment({ env }: Session) {
  const given = [
    ['registry.default', 'CPM_REGISTRY', env.get('CPM_REGISTRY')],
    ['security.lockTimeout', 'CPM_LOCK_TIMEOUT', numberFromEnv(env, 'CPM_LOCK_TIMEOUT')],
    ['security.prove', 'CPM_PROVE', switchFromEnv(env, 'CPM_PROVE')],
    ['storage.siteStores', 'CPM_SITE_STORES', env.get('CPM_SITE_STORES')?.split(path.delimiter).filter(Boolean)],
  ] as const
  return given.flatMap(([key, place, value]) =>
    value === undefined ? [] : [{ key, value, origin: 'environment' as const, place }],
  )
}

/** The registry of the current context replaces the user's default. */
function fromContext({ env }: Session, file: string | undefined) {
  const value = file === undefined ? undefined : chosenContext(file, { env })?.registry
  if (file === undefined || value === undefined) return []
  return [{ key: 'registry.default', value, origin: 'context' as const, place: file }]
}

/** A registry of a project counts as a whole, if the user has none of this name, and is never insecure. */
function isHonored([section, registries, name = '', field]: readonly string[], { registry }: Config): boolean {
  if (section !== 'registry' || registries !== 'registries') return true
  return field !== 'insecure' && !Object.hasOwn(registry?.registries ?? {}, name)
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
  const unchanged = { key: settingKey(at), value: parsed ?? null, file, changed: false }
  if (value === undefined && !isThere(file)) return unchanged
  return await withLock(file, options, () => {
    readUserConfig(file)
    const before = plainJson(file)
    const after = changed(before, at, parsed)
    if (JSON.stringify(before) === JSON.stringify(after)) return Promise.resolve(unchanged)
    const text = readableJson(after)
    // What is written must be read again.
    parseConfig(file, text)
    writeFileAtomic(followed(file), text, { mode: 0o600 })
    return Promise.resolve({ ...unchanged, changed: true })
  })
}

/** Returns the file that a link leads to, for those who keep their settings elsewhere. */
function followed(file: string): string {
  return fs.existsSync(file) ? fs.realpathSync(file) : file
}

interface Leaf {
  readonly path: readonly string[]
  readonly key: string
  readonly value: unknown
}

function from(origin: 'user' | 'project', place: string) {
  return (leaf: Leaf) => ({ ...leaf, origin, place })
}

/** Returns the scalars and lists in settings, with their keys. */
function leavesOf(config: Config): Leaf[] {
  const walk = (value: unknown, at: readonly string[]): Leaf[] =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, entry]) => walk(entry, [...at, key]))
      : [{ path: at, key: settingKey(at), value }]
  return walk(config, []).filter(({ value }) => value !== undefined)
}

function isAtOrBelow(key: string, wanted: string): boolean {
  return key === wanted || key.startsWith(`${wanted}.`)
}

function withoutCredentials(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(CREDENTIALS, '$1***@') : value
}

/** A URL with a user or a password, which may be a token. */
const CREDENTIALS = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i

/** Reads a value as it is typed: as JSON if that fits the setting, otherwise as text. */
function parseValue(schema: z.ZodType, key: string, text: string, file: string): unknown {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord)
    throw new CpmError('USAGE', `${key} is a section: set one of its settings`, { hint: 'cpm config list --all' })
  const candidates = [...jsonIn(text), text]
  if (candidates.flat().some((candidate) => typeof candidate === 'string' && CREDENTIALS.test(candidate)))
    throw new CpmError('USAGE', 'a password in a command line is visible to other users of this machine', {
      hint: `write it into ${file}`,
    })
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
