import path from 'node:path'
import { Tree } from '../../schema/digest.ts'
import type { LockedRelease } from '../../schema/lock.ts'
import type { PackageName } from '../../schema/name.ts'
import { isThere } from '../../core/atomic-file.ts'
import { mapConcurrently } from '../../core/concurrency.ts'
import { CpmError } from '../../core/errors.ts'
import type { Pool } from '../../core/pool.ts'
import type { FileFinding } from '../../package/prove.ts'
import * as tasks from '../../package/tasks.ts'
import { readLock } from '../lockfile.ts'
import { releasesOf } from '../lock-entries.ts'
import { type Project, projectAt } from '../project.ts'
import type { Store } from '../store.ts'
import { readDiskTree } from '../disk-tree.ts'
import { contentsOf, isBeingRepaired, labelOf } from './entries.ts'
import type { KnownProject } from './known-projects.ts'

/** A release that the lock of a project names, so that it can be fetched as that project fetches it. */
export interface NamedRelease {
  readonly project: Project
  readonly name: PackageName
  readonly locked: LockedRelease
}

export interface DamagedEntry {
  readonly tree: Tree
  /** `name@version`, or a part of the digest */
  readonly label: string
  /** the files that differ, if they can be named */
  readonly files: readonly FileFinding[]
  /** what is wrong with the entry as a whole */
  readonly problem: string | undefined
  /** the folders of the projects that use it */
  readonly usedBy: readonly string[]
  readonly named: readonly NamedRelease[]
}

interface VerifyEntriesOptions {
  store: Store
  projects: readonly KnownProject[]
  pool: Pool
  signal: AbortSignal
}

/** Reads every entry of the store and returns those that differ from their tree. */
export async function verifyEntries({ store, projects, pool, signal }: VerifyEntriesOptions) {
  const { entries } = contentsOf(store)
  let files = 0
  const damaged = await mapConcurrently(entries, pool.parallel, async (tree): Promise<DamagedEntry[]> => {
    const prove = async () => await proveEntry(tree, { store, pool, signal })
    const first = await prove()
    // Another cpm may be replacing or removing it.
    const proof = first.proven ? first : await prove()
    files += proof.files
    if (proof.proven || !isThere(store.path(tree))) return []
    return [damagedEntry(tree, proof, { store, projects })]
  })
  const missing = missingTrees({ store, projects }).map((tree) =>
    damagedEntry(tree, { findings: [], problem: 'it is missing from the store' }, { store, projects }),
  )
  return { entries: entries.length + missing.length, files, damaged: [...damaged.flat(), ...missing] }
}

function damagedEntry(
  tree: Tree,
  { findings, problem }: Pick<DamagedEntry, 'problem'> & { findings: readonly FileFinding[] },
  { store, projects }: Pick<VerifyEntriesOptions, 'store' | 'projects'>,
): DamagedEntry {
  const named = projects.flatMap((project) => releasesWith(project, tree))
  const [release] = named
  return {
    tree,
    label: release ? `${release.name}@${release.locked.version}` : labelOf(store.path(tree), tree),
    files: findings,
    problem,
    usedBy: projects.filter(({ trees }) => trees.has(tree)).map(({ path }) => path),
    named,
  }
}

/** Returns the trees that projects link to and the store lacks, for example because a killed cpm was replacing them. */
function missingTrees({ store, projects }: Pick<VerifyEntriesOptions, 'store' | 'projects'>): Tree[] {
  const here = projects.filter(({ standing }) => standing === 'present')
  const links = here.flatMap(({ path: root }) => [...readDiskTree(projectAt(root)).values()])
  const targets = new Set(links.flatMap((link) => (link.kind === 'link' ? [link.target] : [])))
  return [...targets].flatMap((target) => {
    const { data: tree } = Tree.safeParse(`blake3:${path.basename(target)}`)
    if (tree === undefined || path.resolve(store.path(tree)) !== target || store.has(tree)) return []
    return isBeingRepaired(store, tree, { mayBreak: true }) ? [] : [tree]
  })
}

type EntryProof =
  | { proven: true; files: number }
  | { proven: false; files: number; findings: readonly FileFinding[]; problem: string | undefined }

async function proveEntry(
  tree: Tree,
  { store, pool, signal }: Omit<VerifyEntriesOptions, 'projects'>,
): Promise<EntryProof> {
  const input = { root: store.path(tree), tree, tableFile: store.tableFile(tree) }
  try {
    const { proof, fingerprint } = await pool.run(tasks.proveTree, input, { signal })
    if (proof.proven) {
      store.markProven(tree, fingerprint)
      return proof
    }
    const problem = proof.tableBelieved ? undefined : 'its files are not those that were signed; no table names them'
    return { proven: false, files: proof.files, findings: proof.findings, problem }
  } catch (error) {
    if (!(error instanceof CpmError) || error.code !== 'FILE_UNREADABLE') throw error
    return { proven: false, files: 0, findings: [], problem: error.message }
  }
}

function releasesWith({ path: root, trees, standing }: KnownProject, tree: Tree): NamedRelease[] {
  if (!trees.has(tree) || standing !== 'present') return []
  const project = projectAt(root)
  const read = readLock(project.lockFile)
  if (read.kind !== 'lock') return []
  const [release] = releasesOf(read.lock).filter(([, locked]) => locked.tree === tree)
  return release ? [{ project, name: release[0], locked: release[1] }] : []
}
