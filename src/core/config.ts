import type { EnvironmentVariables } from './environment-variables.ts'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Config, PROJECT_SECTIONS, type RegistrySection } from '../schema/config.ts'
import type { Emit } from '../schema/events.ts'
import { type Policy, ProjectPolicy } from '../schema/policy.ts'
import { didYouMean } from './did-you-mean.ts'
import { CpmError } from './errors.ts'
import { readIfThere } from './atomic-file.ts'
import { inFolder, problemsError, readYaml } from './yaml.ts'

/** File names of a project's configuration. All are plain data: cpm never runs code from a project's settings. */
export const PROJECT_CONFIG_FILES = ['.cpmrc', 'colony.config.json', 'colony.config.yaml']

interface ConfigSources {
  /** root of the project, if there is one */
  project: string | undefined
  /** the user's file, `$CPM_HOME/config.json` */
  userFile: string | undefined
  emit: Emit
}

/**
 * The effective settings. Registries stay separate by source, because a registry that only a project names must not get
 * secrets.
 */
export interface Settings extends Omit<Config, 'registry' | 'policy'> {
  readonly registriesOf: { readonly user: RegistrySection; readonly project: RegistrySection }
  /** the rules about packages, with the files that contain them: all of them apply; absent if there are none */
  readonly policies?: readonly PolicyLayer[]
}

/** The `policy` section of a file with settings. */
export interface PolicyLayer {
  readonly origin: string
  readonly isUsers: boolean
  readonly policy: Policy
}

/**
 * Loads the settings of the user and the project. A project may only set a few sections: a cloned repository must not
 * change what runs on the machine or where data is sent. Everything else in its file is ignored with a warning.
 */
export async function loadConfig(sources: ConfigSources): Promise<Settings> {
  const { user, project } = await readConfigFiles(sources)
  const { registry: userRegistry = {}, policy, ...settings } = user
  const policies = [
    ...layersOf(policy, sources.userFile, true),
    ...layersOf(project.settings.policy, project.file, false),
  ]
  return {
    ...settings,
    install: { ...user.install, ...project.settings.install },
    registriesOf: { user: userRegistry, project: project.settings.registry ?? {} },
    ...(policies.length > 0 && { policies }),
  }
}

function layersOf(policy: Policy | undefined, origin: string | undefined, isUsers: boolean): PolicyLayer[] {
  return policy === undefined || origin === undefined ? [] : [{ policy, origin, isUsers }]
}

/** The settings in the user's file and in that of a project. */
export interface ConfigFiles {
  readonly user: Config
  readonly project: { readonly file: string | undefined; readonly settings: Config }
}

/** Reads the files with settings, and warns about what a project may not set. @throws CpmError CONFIG_INVALID */
export async function readConfigFiles({ project, userFile, emit }: ConfigSources): Promise<ConfigFiles> {
  return {
    user: userFile === undefined ? {} : readUserConfig(userFile),
    project: project === undefined ? NO_FILE : await readProjectConfig(project, emit),
  }
}

const NO_FILE: ConfigFiles['project'] = { file: undefined, settings: {} }

/** Reads the user's settings. @throws CpmError CONFIG_INVALID */
export function readUserConfig(file: string): Config {
  const bytes = readIfThere(file)
  return bytes === undefined ? {} : checkConfig(file, parseData(file, bytes))
}

const MAY_SET = PROJECT_SECTIONS.join(', ').replace(/, (?=\w+$)/, ' and ')

async function readProjectConfig(project: string, emit: Emit): Promise<ConfigFiles['project']> {
  // Most projects have no settings, so the library loads only when there is a file.
  if (!PROJECT_CONFIG_FILES.some((name) => fs.existsSync(path.join(project, name)))) return NO_FILE
  const { cosmiconfig } = await import('cosmiconfig')
  // Reads the file again: the library has already decoded it, even if it is not UTF-8.
  const load = (file: string) => parseData(file, readIfThere(file) ?? '')
  const refuse = (file: string) => {
    throw new CpmError('CONFIG_INVALID', `${file} is code; settings must be JSON or YAML`)
  }
  const explorer = outsideOfProjects(() =>
    cosmiconfig('cpm', {
      searchPlaces: PROJECT_CONFIG_FILES,
      stopDir: project,
      loaders: {
        noExt: load,
        '.json': load,
        '.yaml': load,
        '.yml': load,
        '.js': refuse,
        '.cjs': refuse,
        '.mjs': refuse,
        '.ts': refuse,
      },
      cache: false,
    }),
  )
  const found = await explorer.search(project)
  if (!found || found.isEmpty === true) return NO_FILE
  const data = asObject(found.filepath, found.config)
  const allowed: Record<string, unknown> = {}
  for (const [section, value] of Object.entries(data)) {
    if ((PROJECT_SECTIONS as readonly string[]).includes(section)) allowed[section] = value
    else {
      emit({
        type: 'warning',
        code: 'PROJECT_CONFIG_IGNORED',
        message: `${path.basename(found.filepath)}: ignoring "${section}": a project may only set ${MAY_SET}`,
        hint: 'if you want this setting, add it to $CPM_HOME/config.json',
      })
    }
  }
  const config = checkConfig(found.filepath, allowed)
  requireStricter(found.filepath, config)
  // A relative folder in a project's file is relative to that file.
  for (const registry of Object.values(config.registry?.registries ?? {})) {
    if (!registry.url.includes('://')) registry.url = path.resolve(path.dirname(found.filepath), registry.url)
  }
  return { file: found.filepath, settings: config }
}

/** Refuses what would make the user's policy weaker. @throws CpmError CONFIG_INVALID */
function requireStricter(file: string, { policy }: Config): void {
  const weaker = Object.keys(policy ?? {}).filter((key) => !Object.hasOwn(ProjectPolicy.shape, key))
  if (weaker.length === 0) return
  throw new CpmError('CONFIG_INVALID', `${file}: a project can't set policy.${weaker.join(' and policy.')}`, {
    hint: 'add it to $CPM_HOME/config.json if you want it',
  })
}

/**
 * Runs `make` in the root folder. When created, cosmiconfig looks for its own settings in the working folder and runs
 * `.config/config.cjs` there, which would let a cloned repository run code. test/core/config.test.ts covers this.
 */
function outsideOfProjects<T>(make: () => T): T {
  const cwd = process.cwd()
  process.chdir(path.parse(cwd).root)
  try {
    return make()
  } finally {
    process.chdir(cwd)
  }
}

function parseData(file: string, source: string | Uint8Array): unknown {
  const { yaml, problems } = readYaml(file, source)
  if (!yaml)
    throw inFolder(problemsError('CONFIG_INVALID', "the configuration can't be read:", problems), path.dirname(file))
  const { data } = yaml
  // The library would load the file that it names, even if it is code.
  if (data !== null && typeof data === 'object' && '$import' in data) {
    throw new CpmError('CONFIG_INVALID', `${file}: $import is not supported: write the settings out`)
  }
  return data
}

function asObject(file: string, data: unknown): Record<string, unknown> {
  if (data !== null && typeof data === 'object' && !Array.isArray(data)) return data as Record<string, unknown>
  throw new CpmError('CONFIG_INVALID', `${file} must contain sections, such as registry: …`)
}

/** Reads settings that a file is to contain. @throws CpmError CONFIG_INVALID naming the file */
export function parseConfig(file: string, text: string): Config {
  return checkConfig(file, parseData(file, text))
}

function checkConfig(file: string, data: unknown): Config {
  const result = Config.safeParse(data ?? {})
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => {
    const where = issue.path.join('.')
    if (issue.code !== 'unrecognized_keys') return `${where}: ${issue.message}`
    const known = where === '' ? Object.keys(Config.shape) : []
    return issue.keys
      .map((key) => `unknown key ${where === '' ? '' : `${where}.`}${key}${didYouMean(key, known)}`)
      .join('; ')
  })
  throw new CpmError('CONFIG_INVALID', `${file}: ${lines.join('; ')}`)
}

/** Reads a `CPM_*` variable as a non-negative number. */
export function numberFromEnv(env: EnvironmentVariables, name: string): number | undefined {
  const text = env.get(name)
  if (text === undefined) return undefined
  const result = z.coerce.number().nonnegative().safeParse(text)
  if (!result.success) throw new CpmError('CONFIG_INVALID', `${name} is not a number`)
  return result.data
}

/** Reads a switch from the environment: 1 or true, 0 or false. @throws CpmError CONFIG_INVALID */
export function switchFromEnv(env: EnvironmentVariables, name: string): boolean | undefined {
  const text = env.get(name)
  if (text === undefined) return undefined
  if (text === '1' || text === 'true') return true
  if (text === '0' || text === 'false') return false
  throw new CpmError('CONFIG_INVALID', `${name} is neither 1 nor 0`)
}
