import path from 'node:path'
import type { KeyId, Tree } from '../../schema/digest.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import { withScratch } from '../../core/scratch.ts'
import { findProject } from '../../installer/find-project.ts'
import { projectAt } from '../../installer/project.ts'
import { createInstallation, type InstallationFlags } from '../project/installation.ts'
import type { Session } from '../session.ts'
import { type ComparedPackage, openCompared } from './compared-package.ts'
import { comparedSources } from './compared-sources.ts'
import { openEnvironment } from './environment.ts'
import {
  type Changes,
  type FileChanges,
  fileChanges,
  manifestChanges,
  type WorkflowChange,
  workflowChanges,
} from './package-changes.ts'
import { proveIncluded } from './proven-package.ts'
import { readsOtherPackages, type SampleWorkflow, sampleWorkflows } from './sample-workflows.ts'

export interface DiffOptions extends Pick<InstallationFlags, 'registry' | 'offline' | 'lockTimeout'> {
  /** a package, `name@range`, or a folder */
  left: string
  /** the same; by default the counterpart of the other side */
  right?: string | undefined
  /** compare the contents of changed text files, too */
  patch?: boolean
}

/** One of the two packages. */
export interface DiffSide {
  readonly name: PackageName
  readonly version: Version
  readonly from: 'folder' | 'colony.lock' | 'registry'
  readonly tree: Tree
  readonly files: number
  readonly size: number
  /** null for a folder, which nobody has signed */
  readonly signers: readonly KeyId[] | null
  readonly owners: readonly KeyId[] | null
}

export interface Diff {
  readonly before: DiffSide
  readonly after: DiffSide
  /** whether both have the same contents */
  readonly same: boolean
  /** what colony.yaml says, except for its dependencies and inputs */
  readonly manifest: Changes<unknown>
  readonly dependencies: Changes<unknown>
  readonly inputs: Changes<unknown>
  readonly files: FileChanges
  /** those whose rendered text differs, and those that can't be rendered */
  readonly workflows: readonly WorkflowChange[]
}

/** Compares two packages, each proven first. @throws CpmError PACKAGE_NOT_FOUND, USAGE and the errors of proofs */
export async function diff(session: Session, { left, right, patch = false, ...flags }: DiffOptions): Promise<Diff> {
  const project = findProject(session.cwd) ?? projectAt(session.cwd)
  const installation = await createInstallation(session, project, flags)
  try {
    return await withScratch(async (scratch) => {
      const sources = await comparedSources(session, { left, right }, installation)
      const parts = { session, installation, scratch }
      const before = await openCompared(sources[0], parts)
      const after = await openCompared(sources[1], parts)
      const [samples, newSamples] = [await samplesOf(session, before, flags), await samplesOf(session, after, flags)]
      return {
        before: sideOf(before),
        after: sideOf(after),
        same: before.tree === after.tree,
        ...manifestChanges(before.manifest, after.manifest),
        files: fileChanges(before, after, patch),
        workflows: workflowChanges(samples, newSamples),
      }
    })
  } finally {
    installation.sweep()
  }
}

function sideOf({ source, manifest, tree, files, size, signed }: ComparedPackage): DiffSide {
  const { name, version } = manifest
  return {
    name,
    version,
    from: source.kind === 'folder' ? 'folder' : source.isLocked ? 'colony.lock' : 'registry',
    tree,
    files: files.length,
    size,
    signers: signed?.signers ?? null,
    owners: signed?.owners ?? null,
  }
}

/** Renders the workflows of a side. What they include from is installed apart from the project, and proven. */
async function samplesOf(
  session: Session,
  { source, root, manifest, packages }: ComparedPackage,
  { registry, offline = false }: Pick<DiffOptions, 'registry' | 'offline'>,
): Promise<Map<string, SampleWorkflow>> {
  const folder = { root, manifest }
  if (!readsOtherPackages(root)) return await sampleWorkflows(session, { ...folder, packages: undefined })
  try {
    if (source.kind === 'folder') {
      await proveIncluded(session, folder, packages)
      return await sampleWorkflows(session, { ...folder, packages })
    }
    if (offline) return await sampleWorkflows(session, { ...folder, packages: undefined })
    const wanted = { name: source.name, range: source.version }
    const { project } = await openEnvironment(session, wanted, { registry, locked: undefined, yes: true })
    return await sampleWorkflows(session, { ...folder, packages: project.packages })
  } catch (error) {
    if (!(error instanceof CpmError) || error.code === 'INTERRUPTED') throw error
    const problem = `the packages that it includes from can't be used: ${error.message}`
    return new Map([[path.posix.join('workflows', '*'), { problem }]])
  }
}
