import fs from 'node:fs'
import path from 'node:path'
import { isScalar } from 'yaml'
import { type z } from 'zod'
import { PackageManifest, ProjectManifest } from '../schema/manifest.ts'
import { requirementPath } from '../schema/version.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { CpmError, fileError } from '../core/errors.ts'
import { UPGRADE } from '../core/newer-format.ts'
import { readUserFile } from '../core/user-files.ts'
import {
  inFolder,
  MOST_PROBLEMS,
  type Path,
  type Problem,
  problemsError,
  readYaml,
  type YamlDocument,
} from '../core/yaml.ts'
import { MANIFEST_FILE } from './manifest-file.ts'
import { unknownKeyMessage } from './unknown-keys.ts'

export const MAX_MANIFEST_BYTES = 256 * 1024

interface CheckOptions {
  /** refuse them for an author; tolerate them for a consumer, who may read a package of a newer cpm */
  unknownKeys: 'refuse' | 'tolerate'
}

type Text = string | Uint8Array

export type Checked<T> = { manifest: T; yaml: YamlDocument; problems: []; isNewer?: never } | Invalid

interface Invalid {
  manifest: undefined
  yaml: undefined
  problems: Problem[]
  /** a newer cpm wrote it: its fields may differ, so nothing else was checked */
  isNewer?: true
}

/** Checks the text of a package's colony.yaml. Reports every problem with its position. */
export function checkPackageManifest(file: string, text: Text, options: CheckOptions): Checked<PackageManifest> {
  return check(PackageManifest, file, text, options)
}

/** Checks the text of a project's colony.yaml, where name and version are optional. */
export function checkProjectManifest(file: string, text: Text, options: CheckOptions): Checked<ProjectManifest> {
  return check(ProjectManifest, file, text, options)
}

/**
 * Returns a checked manifest.
 * @param root the folder that the file name is relative to, if known
 * @throws CpmError MANIFEST_INVALID with every problem
 */
export function requireManifest<T>(checked: Checked<T>, root?: string): { manifest: T; yaml: YamlDocument } {
  if (checked.yaml !== undefined) return checked
  const count = checked.problems.length
  const summary = count === 1 ? 'the manifest has an error:' : `the manifest has ${count} errors:`
  const hint = checked.isNewer ? UPGRADE : 'fix them, then run cpm validate'
  const error = problemsError('MANIFEST_INVALID', summary, checked.problems, hint)
  throw root === undefined ? error : inFolder(error, root)
}

/** Refuses path dependencies, which work only on their author's machine. @throws CpmError MANIFEST_INVALID */
export function refusePathDependencies({ name, dependencies }: Pick<PackageManifest, 'name' | 'dependencies'>): void {
  const local = dependencies.find(({ requirement }) => requirementPath(requirement) !== null)
  if (!local) return
  throw new CpmError('MANIFEST_INVALID', `${name} has a path dependency on ${local.name}, which can't be published`, {
    hint: `depend on a version of ${local.name}; in a workspace, that is the folder of the member with this name`,
  })
}

/** Reads the bytes of a folder's manifest, for `checkPackageManifest`. */
export function readManifestBytes(folder: string): Buffer {
  const file = path.join(folder, MANIFEST_FILE)
  try {
    return readUserFile(file)
  } catch (error) {
    if (!fs.existsSync(file)) {
      if (fs.existsSync(folder))
        throw new CpmError('FILE_UNREADABLE', `${folder} has no ${MANIFEST_FILE}`, { hint: CREATE })
      const near = packageNear(folder)
      const fact = `there is no folder ${folder}${near}`
      throw new CpmError('FILE_UNREADABLE', fact, near === '' ? { hint: CREATE } : {})
    }
    throw fileError(error, 'read', file)
  }
}

const CREATE = 'run cpm init to create a package'

/** Returns "; did you mean x?" if a package next to a path that does not exist has a similar name, or "". */
export function packageNear(folder: string): string {
  return didYouMean(path.basename(folder), packagesNextTo(folder))
}

/** Returns the names of the folders next to a path that have a manifest. */
function packagesNextTo(folder: string): string[] {
  const parent = path.dirname(folder)
  try {
    return fs.readdirSync(parent).filter((name) => fs.existsSync(path.join(parent, name, MANIFEST_FILE)))
  } catch {
    return []
  }
}

function check<T>(schema: z.ZodType<T>, file: string, text: Text, { unknownKeys }: CheckOptions): Checked<T> {
  const { yaml: read, problems } = readYaml(file, text, { maxBytes: MAX_MANIFEST_BYTES, keepFloats: true })
  if (!read) return { manifest: undefined, yaml: undefined, problems }
  const yaml = { ...read, data: withPlainNumbers(read.data) }
  if (yaml.data === null) return { manifest: undefined, yaml: undefined, problems: [emptyFile(file)] }
  const newer = newerVersion(yaml)
  if (newer) return { manifest: undefined, yaml: undefined, problems: [newer], isNewer: true }
  let result = schema.safeParse(yaml.data)
  if (!result.success && unknownKeys === 'tolerate') {
    // Dropping keys can't hide other problems: everything that remains is checked again.
    for (const issue of result.error.issues)
      if (issue.code === 'unrecognized_keys') dropKeys(yaml.data, issue.path, issue.keys)
    result = schema.safeParse(yaml.data)
  }
  if (result.success) return { manifest: result.data, yaml, problems: [] }
  // Finding a position takes time, and a hostile file can have hundreds of thousands of problems.
  const issues = result.error.issues.slice(0, MOST_PROBLEMS)
  const found = issues.flatMap((issue) => problemsOf(yaml, issue)).slice(0, MOST_PROBLEMS)
  found.sort((a, b) => a.line - b.line || a.column - b.column)
  return { manifest: undefined, yaml: undefined, problems: found }
}

/** The keys of an input whose values keep their floats: `1.0` is a float in data of any type (docs/values.md). */
const KEYS_WITH_VALUES = new Set(['default', 'example'])

/** Returns the data with plain numbers, except in the values of inputs. */
function withPlainNumbers(value: unknown, at: 'top' | 'inputs' | 'elsewhere' = 'top'): unknown {
  if (value instanceof Number) return Number(value)
  if (Array.isArray(value)) return value.map((item) => withPlainNumbers(item, at === 'inputs' ? at : 'elsewhere'))
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => {
    if (at === 'inputs') return [key, KEYS_WITH_VALUES.has(key) ? entry : withPlainNumbers(entry, at)]
    return [key, withPlainNumbers(entry, at === 'top' && key === 'inputs' ? 'inputs' : 'elsewhere')]
  })
  return Object.fromEntries(entries)
}

function emptyFile(file: string): Problem {
  const message = 'the file is empty: start with apiVersion: v1, a name and a version'
  return { file, line: 1, column: 1, message }
}

function newerVersion(yaml: YamlDocument): Problem | undefined {
  const version = (yaml.data as { apiVersion?: unknown } | null)?.apiVersion
  if (typeof version !== 'string' || !/^v(?:[2-9]|[1-9]\d+)$/.test(version)) return undefined
  return {
    file: yaml.file,
    ...yaml.locate(['apiVersion']),
    message: `apiVersion: ${version} was written by a newer cpm`,
  }
}

function dropKeys(data: unknown, at: PropertyKey[], keys: string[]): void {
  let value = data
  for (const step of at) value = (value as Record<PropertyKey, unknown> | undefined)?.[step]
  if (value !== null && typeof value === 'object') for (const key of keys) Reflect.deleteProperty(value, key)
}

function problemsOf(yaml: YamlDocument, issue: z.core.$ZodIssue): Problem[] {
  const at = issue.path as Path
  const problem = (where: Path, message: string, key = false): Problem => ({
    file: yaml.file,
    ...yaml.locate(where, { key }),
    message,
  })
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MOST_PROBLEMS)
      .map((key) => problem([...at, key], unknownKeyMessage(at, key, knownKeys(at)), true))
  }
  if (issue.code === 'invalid_key') return [problem(at, issue.issues[0]?.message ?? issue.message, true)]
  const name = at.at(-1)
  if (issue.code === 'invalid_type' && valueAt(yaml.data, at) === undefined)
    return [problem(at.slice(0, -1), `${String(name)} is missing`)]
  const fact = at.length === 0 ? `the file ${issue.message}` : `${at.join('.')}: ${issue.message}`
  return [problem(at, fact + quotesFor(yaml, issue))]
}

/** Suggests quotes where YAML reads a string as a number or boolean: without them, `1.10` is 1.1. */
function quotesFor(yaml: YamlDocument, issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || issue.expected !== 'string') return ''
  const node = yaml.tree().getIn(issue.path, true)
  if (!isScalar(node) || node.value === null || node.source === undefined) return ''
  const isVersion = issue.path.length === 1 && issue.path[0] === 'version'
  const [major = '0', minor = '0', ...more] = node.source.split('.')
  const isShort = isVersion && more.length === 0 && /^\d+$/.test(major) && /^\d+$/.test(minor)
  return `: write "${isShort ? `${major}.${minor}.0` : node.source}" in quotes`
}

function valueAt(data: unknown, at: Path): unknown {
  return at.reduce<unknown>(
    (value, step) =>
      value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[step] : undefined,
    data,
  )
}

/** Returns the keys that are allowed next to an unknown one, for suggestions. */
function knownKeys(at: Path): string[] {
  const [section] = at
  if (at.length === 0) return TOP_LEVEL_KEYS
  return typeof section === 'string' ? (KEYS_BY_SECTION.get(section) ?? []) : []
}

const TOP_LEVEL_KEYS = [
  ...['apiVersion', 'name', 'version', 'description', 'license', 'maintainers', 'keywords', 'categories', 'homepage'],
  ...['repository', 'dependencies', 'devDependencies', 'features', 'conditions', 'inputs', 'files', 'executables'],
  ...['overrides', 'workspace', 'functions'],
]
const KEYS_BY_SECTION = new Map([
  ['maintainers', ['name', 'email', 'url']],
  ['dependencies', ['name', 'version', 'optional', 'features']],
  ['devDependencies', ['name', 'version', 'optional', 'features']],
  ['conditions', ['colonyos', 'architecture', 'cpm']],
  ['functions', ['executortype', 'name', 'command']],
  ['workspace', ['members', 'exclude']],
  [
    'inputs',
    [
      'key',
      'type',
      'label',
      'description',
      'unit',
      'example',
      'default',
      'required',
      'secret',
      'output',
      'options',
      'min',
      'max',
      'items',
      'fields',
    ],
  ],
])
