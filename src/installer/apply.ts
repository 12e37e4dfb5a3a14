import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Tree } from '../schema/digest.ts'
import type { Emit } from '../schema/events.ts'
import { isRelease, type Lock } from '../schema/lock.ts'
import { PackageName } from '../schema/name.ts'
import { syncFolder, writeFileDurable } from '../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../core/errors.ts'
import { commit, commitIfApproved, finishSealed, type Journal } from '../core/journal.ts'
import { isSafeRelative } from '../core/safe-path.ts'
import { createStaging, journalFile, removeStaging, stagingsIn } from '../core/staging.ts'
import { readCopies, stateFile, writeCopies } from './disk-tree.ts'
import { writeLock } from './lockfile.ts'
import type { PlaceChange } from './place-changes.ts'
import type { InstallMode, Plan } from './plan.ts'
import { prepareProject, type Project } from './project.ts'
import { ProjectBefore } from './project-before.ts'
import { asideName, fileOf, placeIn, PROJECT_FILES, type ProjectFile, putLink, setAside, slotOf } from './slots.ts'
import type { Store } from './store.ts'

/** The path of a member that a step is for; absent for the project or the root of the workspace. */
const member = z.string().max(4096).refine(isSafeRelative).optional()
const staged = z.string().regex(/^[0-9]+$/)

/**
 * The steps that change a project. They name packages, trees, members and known project files, never a path to write
 * to: the journal is inside the project, so an untrusted repository may contain one, and it must not reach other files.
 */
const ProjectStep = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('replace'), file: z.enum(PROJECT_FILES), staged, member }),
  z.strictObject({ do: z.literal('link'), name: PackageName, tree: Tree, member }),
  z.strictObject({ do: z.literal('link-folder'), name: PackageName, path: z.string().min(1).max(1024), member }),
  z.strictObject({ do: z.literal('place'), name: PackageName, staged, member }),
  z.strictObject({ do: z.literal('remove'), name: PackageName, member }),
])
type ProjectStep = z.infer<typeof ProjectStep>

interface Changes {
  /** of the project, or of the root and the members of a workspace */
  changes: readonly PlaceChange[]
  mode: InstallMode
  /** the new lock, if it changed */
  lock: Lock | undefined
  /** throws when this process no longer holds the process lock */
  beforeSeal: () => void
  /** called when everything is in place; if it throws, everything is undone */
  approve?: (() => Promise<void>) | undefined
}

/** Applies changes as one operation: stage, seal, apply. The store must already have every tree. */
export async function applyChanges(
  project: Project,
  store: Store,
  { changes, mode, lock, beforeSeal, approve }: Changes,
): Promise<void> {
  const staging = createStaging(project.changes)
  const steps: ProjectStep[] = []
  let count = 0
  const stageFile = (file: ProjectFile, contents: string, { member }: Project) => {
    const staged = String(count++)
    writeFileDurable(path.join(staging, staged), contents)
    steps.push({ do: 'replace', file, staged, ...inMember(member) })
  }
  const stageCopy = (tree: Tree) => {
    const staged = String(count++)
    copyTree(store.path(tree), path.join(staging, staged))
    return staged
  }
  try {
    for (const { place, placed, proofs } of changes) {
      if (!placed) continue
      if (place.member !== undefined && placed.plan.placements.length > 0) prepareProject(place)
      const copies = readCopies(place)
      steps.push(...packageSteps(placed.plan, place, { mode, copies, stageCopy }))
      if (mode === 'copy' || fs.existsSync(stateFile(place))) stageState(place, copies)
      if (proofs !== undefined) stageFile('proofs', proofs, place)
    }
    // The manifests come last, right after the lock, so that a reader in between sees a lock that matches the packages.
    if (lock) stageFile('colony.lock', writeLock(lock), project)
    for (const { place, manifestText } of changes)
      if (manifestText !== undefined) stageFile('colony.yaml', manifestText, place)
    beforeSeal()
    const before = new ProjectBefore(project, staging, steps)
    const journal = projectJournal(project, store, staging)
    const undo = () => before.restore()
    if (approve) await commitIfApproved(journal, steps, undo, approve)
    else if (steps.length > 0) commit(journal, steps, undo)
  } catch (error) {
    if (!fs.existsSync(journalFile(staging))) removeStaging(staging)
    throw fileError(error, 'prepare changes in', staging)
  }
  removeStaging(staging)

  function stageState(place: Project, copies: ReadonlyMap<PackageName, Tree>): void {
    // A member without packages has no folder for it.
    if (copies.size > 0 || fs.existsSync(place.own)) stageFile('state', writeCopies(copies), place)
  }
}

interface StepOptions {
  mode: InstallMode
  /** the trees of real copies, which it updates */
  copies: Map<PackageName, Tree>
  /** copies a tree to the staging folder and returns its name there */
  stageCopy: (tree: Tree) => string
}

/** Returns the steps that change one colony_packages. */
function packageSteps(
  { placements, removals }: Plan,
  place: Project,
  { mode, copies, stageCopy }: StepOptions,
): ProjectStep[] {
  const where = inMember(place.member)
  const removed = removals.map((name): ProjectStep => ({ do: 'remove', name, ...where }))
  for (const name of removals) copies.delete(name)
  const put = placements.filter(({ action }) => action === 'put')
  return [
    ...removed,
    ...put.map(({ name, locked }): ProjectStep => {
      copies.delete(name)
      if (!isRelease(locked)) return { do: 'link-folder', name, path: locked.path, ...where }
      if (mode === 'link') return { do: 'link', name, tree: locked.tree, ...where }
      const staged = stageCopy(locked.tree)
      copies.set(name, locked.tree)
      return { do: 'place', name, staged, ...where }
    }),
  ]
}

function inMember(member: string | undefined): { member?: string } {
  return member === undefined ? {} : { member }
}

/**
 * Finishes or undoes the changes of a killed cpm. The caller holds the project's process lock, so none are in progress.
 * Returns whether it finished any.
 */
export function recoverProject(project: Project, store: Store, emit: Emit): boolean {
  const stagings = stagingsIn(project.changes)
  for (const { folder, sealed } of stagings) {
    if (sealed) finishSealed(projectJournal(project, store, folder))
    removeStaging(folder)
    emit({ type: 'recovered', what: 'project', outcome: sealed ? 'finished' : 'undone', subject: project.root })
  }
  return stagings.some(({ sealed }) => sealed)
}

function projectJournal(project: Project, store: Store, staging: string): Journal<ProjectStep> {
  return {
    file: journalFile(staging),
    step: ProjectStep,
    apply: (step) => {
      const subject = 'name' in step ? step.name : step.file
      try {
        applyStep(project, store, staging, step)
      } catch (error) {
        throw fileError(error, 'update', subject)
      }
    },
  }
}

function applyStep(project: Project, store: Store, staging: string, step: ProjectStep): void {
  const place = placeIn(project, step.member)
  switch (step.do) {
    case 'replace': {
      moveIfThere(path.join(staging, step.staged), fileOf(place, step.file))
      return
    }
    case 'link':
      putLink(staging, asideName(place, step.name), { slot: slotOf(place, step.name), target: store.path(step.tree) })
      return
    case 'link-folder':
      putLink(staging, asideName(place, step.name), {
        slot: slotOf(place, step.name),
        target: path.relative(path.dirname(slotOf(place, step.name)), path.resolve(project.root, step.path)),
      })
      return
    case 'place': {
      const staged = path.join(staging, step.staged)
      if (!fs.existsSync(staged)) return
      setAside(staging, slotOf(place, step.name), asideName(place, step.name))
      moveIfThere(staged, slotOf(place, step.name))
      return
    }
    case 'remove':
      setAside(staging, slotOf(place, step.name), asideName(place, step.name))
      removeEmptyScope(place, step.name)
  }
}

function moveIfThere(staged: string, target: string): void {
  if (!fs.existsSync(staged)) return
  fs.renameSync(staged, target)
  syncFolder(path.dirname(target))
}

function removeEmptyScope(project: Project, name: PackageName): void {
  if (!name.startsWith('@')) return
  try {
    fs.rmdirSync(path.join(project.packages, path.dirname(name)))
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error
  }
}

/** Copies a store entry, with modes 0644 or 0755, so that users can edit and remove the files like any others. */
function copyTree(from: string, to: string): void {
  try {
    fs.mkdirSync(to, { mode: 0o755 })
    for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
      const source = path.join(from, entry.name)
      const target = path.join(to, entry.name)
      if (entry.isDirectory()) copyTree(source, target)
      else if (entry.isFile()) {
        fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE)
        fs.chmodSync(target, (fs.statSync(source).mode & 0o100) !== 0 ? 0o755 : 0o644)
      } else throw new CpmError('PACKAGE_DAMAGED', `${source} in the store is not a regular file`, { hint: 'cpm ci' })
    }
  } catch (error) {
    throw fileError(error, 'copy to', to)
  }
}
