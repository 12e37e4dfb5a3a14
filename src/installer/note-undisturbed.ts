import path from 'node:path'
import type { Tree } from '../schema/digest.ts'
import { isRelease } from '../schema/lock.ts'
import { namesIn, writeFileAtomic } from '../core/atomic-file.ts'
import { PROJECT_CONFIG_FILES } from '../core/config.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { ifWritable } from '../core/errors.ts'
import { stateOf } from '../core/file-stamp.ts'
import type { Home } from '../core/home.ts'
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
  const file = lookedFile(note.home.cache, parts.project, note.command)
  const all = circumstances(note.env, parts.cpmVersion)
  if (file === undefined || all === undefined) return
  const states = pathsOf(parts, treesOf(lock), note.home)
    .concat(basis.files)
    .map((file) => [file, stateOf(file)] as const)
  if (states.some(([, { changed }]) => changed > note.since - STEP)) return
  const looked: Looked = {
    schemaVersion: 1,
    circumstances: all,
    packages: plan.placements.length,
    store: parts.store.root,
    sites: parts.store.sites,
    note: parts.store.notes.file(parts.project.root),
    trees: note.command === 'ci' ? treesOf(lock) : [],
    paths: states.map(([file, { stamp }]) => [file, stamp]),
    own: namesIn(parts.project.own).sort(),
    questions: basis.questions,
  }
  ifWritable(() => {
    const options = { durable: false, temporary: note.temporary() }
    writeFileAtomic(file, JSON.stringify(looked), options)
  })
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
  ]
}

function foldersUpFrom(folder: string): string[] {
  const above = path.dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersUpFrom(above)]
}
