import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import type { IndexQuestion } from '../core/ports.ts'
import { namesIn, readIfThere } from '../core/atomic-file.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { stateOf } from '../core/file-stamp.ts'
import { bootId } from '../core/boot-id.ts'
import { isFresh } from './keep/note-age.ts'
import type { Project } from './project.ts'

/** The commands that remember what they looked at. */
export type UndisturbedCommand = 'install' | 'ci'

/** Everything that a command looked at before it found nothing to do. */
export interface Looked {
  readonly schemaVersion: 1
  /** see `circumstances` */
  readonly circumstances: string
  readonly packages: number
  /** the folder of the store, and the project's note in it */
  readonly store: string
  /** the folders of the site stores below it */
  readonly sites: readonly string[]
  readonly note: string
  /** the trees of the lock, only for `ci` */
  readonly trees: readonly Tree[]
  /** paths with their stamps (see `stateOf`), in the order in which they must be looked at */
  readonly paths: readonly (readonly [string, string])[]
  /** the names in cpm's folder of the project: another one belongs to a change in progress */
  readonly own: readonly string[]
  /** what servers said about the indexes of installed packages */
  readonly questions: readonly IndexQuestion[]
}

interface RecallParts {
  /** `$CPM_HOME/cache` */
  cache: string
  env: EnvironmentVariables
  cwd: string
  cpmVersion: string
  /** asks a server again */
  isSameAnswer: (question: IndexQuestion) => Promise<boolean>
}

/**
 * Returns what the same command looked at when it found nothing to do, if all of that is still the same: manifest,
 * lock, settings, links, store and the indexes of the registries. Then there is still nothing to do. This loads neither
 * the code of the installer nor any library, and reads none of these files.
 * @returns undefined if anything is new, different or unknown: the whole command decides then
 */
export async function recallUndisturbed(
  project: Project,
  command: UndisturbedCommand,
  { cache, isSameAnswer, ...parts }: RecallParts,
): Promise<Looked | undefined> {
  const file = lookedFile(cache, project, command)
  const looked = file === undefined ? undefined : readLooked(file)
  if (looked?.circumstances !== circumstances(project, parts) || !looked) return undefined
  if (namesIn(project.own).sort().join('/') !== looked.own.join('/')) return undefined
  if (!isFresh(stateOf(looked.note).changed)) return undefined
  if (looked.paths.some(([file, stamp]) => stateOf(file).stamp !== stamp)) return undefined
  if (looked.questions.length === 0) return looked
  const same = await Promise.all(looked.questions.map(isSameAnswer))
  return same.every(Boolean) ? looked : undefined
}

function readLooked(file: string): Looked | undefined {
  const bytes = readIfThere(file)
  if (!bytes) return undefined
  try {
    // Only cpm writes here, each time the whole file; what it says is compared, never followed.
    return JSON.parse(bytes.toString('utf8')) as Looked
  } catch {
    return undefined
  }
}

/** The longest name that every file system takes, less the ending. */
const LONGEST_NAME = 200

/** Returns where the memory of a command is, for a project whose path is not too long for a name. */
export function lookedFile(cache: string, { root }: Project, command: UndisturbedCommand): string | undefined {
  const name = encodeURIComponent(root)
  return name.length > LONGEST_NAME ? undefined : path.join(cache, 'undisturbed', `${name}.${command}.json`)
}

/** Variables that these commands read and that are no secrets. */
const READ = ['CPM_HOME', 'CPM_LOCK_TIMEOUT', 'CPM_PROVE', 'CPM_REGISTRY', 'CPM_SITE_STORES']

const PROXIES = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']

/**
 * Identifies what else a command depends on: the project, the working folder, this cpm, this boot of the machine, and the
 * variables that cpm reads. With a proxy, a user name in an address, or any other variable of cpm, among them tokens,
 * nothing is known.
 */
export function circumstances(
  { root }: Project,
  { env, cwd, cpmVersion }: Pick<RecallParts, 'env' | 'cwd' | 'cpmVersion'>,
): string | undefined {
  if (PROXIES.some((name) => env.get(name) !== undefined)) return undefined
  if (env.namesStartingWith('CPM_').some((name) => !READ.includes(name))) return undefined
  if (env.get('CPM_REGISTRY')?.includes('@') === true) return undefined
  return JSON.stringify([root, cwd, cpmVersion, bootId(), ...['HOME', 'CI', ...READ].map((name) => env.get(name))])
}
