import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Tree } from '../schema/digest.ts'
import type { Emit } from '../schema/events.ts'
import { isRelease, type Lock } from '../schema/lock.ts'
import { PackageName } from '../schema/name.ts'
import { syncFolder, writeFileDurable } from '../core/atomic-file.ts'
import { CpmError, fileError, systemCode } from '../core/errors.ts'
import { commit, finishSealed, type Journal } from '../core/journal.ts'
import { createStaging, journalFile, removeStaging, stagingsIn } from '../core/staging.ts'
import { readCopies, stateFile, writeCopies } from './disk-tree.ts'
import { writeLock } from './lockfile.ts'
import type { InstallMode, Plan } from './plan.ts'
import type { Project } from './project.ts'
import { ProjectBefore } from './project-before.ts'
import { fileOf, PROJECT_FILES, type ProjectFile, putLink, setAside, slotOf } from './slots.ts'
import type { Store } from './store.ts'

/**
 * The steps that change a project. They name packages, trees and known project files, never a path to write to: the
 * journal is inside the project, so an untrusted repository may contain one, and it must not reach other files.
 */
const ProjectStep = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('replace'),
    file: z.enum(PROJECT_FILES),
    staged: z.string().regex(/^[0-9]+$/),
  }),
  z.strictObject({ do: z.literal('link'), name: PackageName, tree: Tree }),
  z.strictObject({ do: z.literal('link-folder'), name: PackageName, path: z.string().min(1).max(1024) }),
  z.strictObject({ do: z.literal('place'), name: PackageName, staged: z.string().regex(/^[0-9]+$/) }),
  z.strictObject({ do: z.literal('remove'), name: PackageName }),
])
type ProjectStep = z.infer<typeof ProjectStep>

interface Changes {
  plan: Plan
  mode: InstallMode
  /** the new text of the manifest, if it changed */
  manifestText: string | undefined
  /** the new proofs of the copies, if they changed */
  proofs: string | undefined
  /** the new lock, if it changed */
  lock: Lock | undefined
  /** throws when this process no longer holds the process lock */
  beforeSeal: () => void
}

/** Applies a plan as one operation: stage, seal, apply. The store must already have every tree. */
export function applyPlan(
  project: Project,
  store: Store,
  { plan, mode, manifestText, proofs, lock, beforeSeal }: Changes,
): void {
  const staging = createStaging(project.changes)
  const steps: ProjectStep[] = []
  let count = 0
  const stageFile = (file: ProjectFile, contents: string) => {
    const staged = String(count++)
    writeFileDurable(path.join(staging, staged), contents)
    steps.push({ do: 'replace', file, staged })
  }
  try {
    const copies = readCopies(project)
    for (const name of plan.removals) {
      steps.push({ do: 'remove', name })
      copies.delete(name)
    }
    for (const { name, locked, action } of plan.placements) {
      if (action === 'keep') continue
      copies.delete(name)
      if (!isRelease(locked)) steps.push({ do: 'link-folder', name, path: locked.path })
      else if (mode === 'link') steps.push({ do: 'link', name, tree: locked.tree })
      else {
        const staged = String(count++)
        copyTree(store.path(locked.tree), path.join(staging, staged))
        steps.push({ do: 'place', name, staged })
        copies.set(name, locked.tree)
      }
    }
    if (mode === 'copy' || fs.existsSync(stateFile(project))) stageFile('state', writeCopies(copies))
    if (proofs !== undefined) stageFile('proofs', proofs)
    // The manifest comes last, right after the lock, so that a reader in between sees a lock that matches the packages.
    if (lock) stageFile('colony.lock', writeLock(lock))
    if (manifestText !== undefined) stageFile('colony.yaml', manifestText)
    beforeSeal()
    const before = new ProjectBefore(project, staging, steps)
    if (steps.length > 0) commit(projectJournal(project, store, staging), steps, () => before.restore())
  } catch (error) {
    if (!fs.existsSync(journalFile(staging))) removeStaging(staging)
    throw fileError(error, 'prepare changes in', staging)
  }
  removeStaging(staging)
}

/**
 * Finishes or undoes the changes of a killed cpm. The caller holds the project's process lock, so none are in progress.
 */
export function recoverProject(project: Project, store: Store, emit: Emit): void {
  for (const { folder, sealed } of stagingsIn(project.changes)) {
    if (sealed) finishSealed(projectJournal(project, store, folder))
    removeStaging(folder)
    emit({ type: 'recovered', what: 'project', outcome: sealed ? 'finished' : 'undone', subject: project.root })
  }
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
  switch (step.do) {
    case 'replace': {
      const target = fileOf(project, step.file)
      moveIfThere(path.join(staging, step.staged), target)
      return
    }
    case 'link':
      putLink(staging, step.name, { slot: slotOf(project, step.name), target: store.path(step.tree) })
      return
    case 'link-folder':
      putLink(staging, step.name, {
        slot: slotOf(project, step.name),
        target: path.relative(path.dirname(slotOf(project, step.name)), path.resolve(project.root, step.path)),
      })
      return
    case 'place': {
      const staged = path.join(staging, step.staged)
      if (!fs.existsSync(staged)) return
      setAside(staging, slotOf(project, step.name), step.name)
      moveIfThere(staged, slotOf(project, step.name))
      return
    }
    case 'remove':
      setAside(staging, slotOf(project, step.name), step.name)
      removeEmptyScope(project, step.name)
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
    fs.mkdirSync(to)
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
