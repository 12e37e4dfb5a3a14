import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import path from 'node:path'
import type { PackageName } from '../../schema/name.ts'
import type { Settings } from '../../core/config.ts'

/** Where a registry is, and who chose it. */
export interface RegistryAddress {
  /** a folder's absolute path, or an http(s) URL */
  readonly place: string
  readonly kind: 'embedded' | 'folder' | 'http'
  /** whether the user chose it by a flag, the environment or the user's settings; otherwise it gets no secrets */
  readonly trusted: boolean
  /** whether the user allows sending it a token over plain HTTP */
  readonly insecure: boolean
}

interface ChoiceParts {
  settings: Settings
  flag: string | undefined
  env: EnvironmentVariables
  cwd: string
  /** the folder of this machine's registry */
  embedded: string
}

/** Returns the default registry, from `--registry`, CPM_REGISTRY or the settings, otherwise this machine's own. */
export function defaultRegistry({ settings, flag, env, ...parts }: ChoiceParts): RegistryAddress {
  const { user, project } = settings.registriesOf
  const ours = flag ?? env.get('CPM_REGISTRY') ?? user.default
  if (ours !== undefined) return locate(ours, true, { settings, ...parts })
  if (project.default !== undefined) return locate(project.default, false, { settings, ...parts })
  return { place: parts.embedded, kind: 'embedded', trusted: true, insecure: false }
}

/** Returns the registry of a name's scope, or undefined if the settings have none. */
export function scopeRegistry(name: PackageName, { settings, ...parts }: ChoiceParts): RegistryAddress | undefined {
  const { user, project } = settings.registriesOf
  const scope = name.startsWith('@') ? name.slice(0, name.indexOf('/')) : undefined
  if (scope === undefined) return undefined
  const ours = own(user.scopes, scope)
  if (ours !== undefined) return locate(ours, true, { settings, ...parts })
  const theirs = own(project.scopes, scope)
  return theirs === undefined ? undefined : locate(theirs, false, { settings, ...parts })
}

function locate(
  asked: string,
  askedByUser: boolean,
  { settings, cwd }: Pick<ChoiceParts, 'settings' | 'cwd'>,
): RegistryAddress {
  const { user, project } = settings.registriesOf
  const known = own(user.registries, asked)
  const place = (known ?? own(project.registries, asked))?.url ?? asked
  const trusted = known !== undefined || (askedByUser && own(project.registries, asked) === undefined)
  const isHttp = /^[a-z][a-z0-9+.-]*:\/\//i.test(place)
  return {
    place: isHttp ? place : path.resolve(cwd, place),
    kind: isHttp ? 'http' : 'folder',
    trusted,
    insecure: known?.insecure === true,
  }
}

function own<T>(map: Record<string, T> | undefined, key: string): T | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined
}
