import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import { isRelease } from '../schema/lock.ts'
import { namesIn, writeFileAtomic } from '../core/atomic-file.ts'
import { PROJECT_CONFIG_FILES } from '../core/config.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { ifPossible } from '../core/errors.ts'
import { stateOf } from '../core/file-stamp.ts'
import type { Home } from '../core/home.ts'
import { forgetOldest } from '../core/oldest-files.ts'
import type { NewsBasis } from '../core/ports.ts'
import { stateFile } from './disk-tree.ts'
import type { Installation, InstallReport } from './installation.ts'
import { gcLock } from './keep/reserve.ts'
import { treesOf } from './lock-entries.ts'
import { isUpToDate } from './plan.ts'
import { projectAt } from './project.ts'
import { proofsFile } from './prove/carried-proofs.ts'
import { circumstances, type Looked, lookedFile, type UndisturbedCommand } from './undisturbed.ts'
import { workspaceOf } from './workspace/find-workspace.ts'

interface NoteParts {
  command: UndisturbedCommand
  home: Home
  env: EnvironmentVariables
  /** the working folder, which relative registries start from */
  cwd: string
  /** milliseconds since 1970 when the command began to look */
  since: number
  /** returns an unused path on the same file system as the cache */
  temporary: () => string
}

/** Times of files advance in steps of up to this many milliseconds, so that two changes may have the same one. */
const STEP = 50

/**
 * Remembers all that a command looked at before it found nothing to do, for `recallUndisturbed`. Whatever changed while
 * it looked is not known well enough: then nothing is remembered, and the next command looks again.
 */
export function noteUndisturbed(
  parts: Pick<Installation, 'project' | 'store' | 'mode' | 'cpmVersion'>,
  { plan, lock, news, ...report }: InstallReport,
  note: NoteParts,
): void {
  const { basis } = news
  const didNothing = !report.changedLock && !report.dryRun && report.unpacked === 0 && isUpToDate(plan)
  const hasFolders = plan.placements.some(({ locked }) => !isRelease(locked))
  const isAlone = parts.project.member === undefined && !workspaceOf(parts.project)
  if (!didNothing || hasFolders || !isAlone || !basis || parts.mode !== 'link') return
  // What can't be remembered is found out again.
  ifPossible(() => {
    remember(parts, { trees: treesOf(lock), packages: plan.placements.length, basis }, note)
  })
}

/** As many memories are kept; the oldest make room. */
const MOST_MEMORIES = 256

function remember(
  { project, store, cpmVersion }: Pick<Installation, 'project' | 'store' | 'cpmVersion'>,
  { trees, packages, basis }: { trees: readonly Tree[]; packages: number; basis: NewsBasis },
  { command, home, env, cwd, since, temporary }: NoteParts,
): void {
  const file = lookedFile(home.cache, project, command)
  const all = circumstances(project, { env, cwd, cpmVersion })
  if (file === undefined || all === undefined) return
  const states = pathsOf({ project, store }, trees, home)
    .concat(basis.files)
    .map((name) => [name, stateOf(name)] as const)
  if (states.some(([, { changed }]) => isRecent(changed, since))) return
  const looked: Looked = {
    schemaVersion: 1,
    circumstances: all,
    packages,
    store: store.root,
    sites: store.sites,
    note: store.notes.file(project.root),
    trees: command === 'ci' ? trees : [],
    paths: states.map(([name, { stamp }]) => [name, stamp]),
    own: namesIn(project.own).sort(),
    questions: basis.questions,
  }
  writeFileAtomic(file, JSON.stringify(looked), { mode: 0o600, durable: false, temporary: temporary() })
  forgetOldest(path.dirname(file), MOST_MEMORIES)
}

/** Whether a file may have changed since, or may change again without another time. */
function isRecent(changed: number, since: number): boolean {
  // Some file systems count whole seconds.
  const step = changed % 1000 === 0 ? 2000 : STEP
  return changed > since - step
}

/**
 * In this order: first the project's note, then the lock of a gc, then what a gc may remove (see `reserveTrees`). The
 * state of a folder changes with each name in it, so links and entries are covered by the folders that they are in.
 */
function pathsOf({ project, store }: Pick<Installation, 'project' | 'store'>, trees: readonly Tree[], home: Home) {
  const scopes = namesIn(project.packages).filter((name) => name.startsWith('@'))
  const { root, packages } = project
  return [
    store.notes.file(root),
    `${gcLock(store)}.lock`,
    ...store.sites,
    ...new Set(trees.map((tree) => path.dirname(store.path(tree)))),
    // A workspace may be declared in any folder above.
    ...foldersUpFrom(root).map((folder) => projectAt(folder).manifestFile),
    project.lockFile,
    stateFile(project),
    proofsFile(project),
    packages,
    ...scopes.map((scope) => path.join(packages, scope)),
    ...PROJECT_CONFIG_FILES.map((name) => path.join(root, name)),
    home.config,
    home.contexts,
    home.trust,
    home.credentials,
    home.pluginState,
  ]
}

function foldersUpFrom(folder: string): string[] {
  const above = path.dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)]
}
