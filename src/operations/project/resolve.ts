import path from 'node:path'
import type { PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { lockedVersions, readLock } from '../../installer/lockfile.ts'
import { requireProject, rootFolder } from '../../installer/find-project.ts'
import { requireFittingMembers } from '../../installer/workspace/fitting-members.ts'
import { readProjectRoots } from '../../installer/workspace/read-roots.ts'
import { answerOf, askResolver, nearNames, NOT_NEWEST } from '../../installer/resolve-project.ts'
import { problemOf, resolveUniverse, runUniverse } from '../../resolver/universe.ts'
import type { Session } from '../session.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { checkProofFile, type Checked } from './check-proof-file.ts'
import { proofOf, readProof, writeProof } from './proof-file.ts'
import { readSelection, type SelectionFlags } from './selection.ts'
import { documentsOf, readUniverse, type UniverseFile } from './universe-file.ts'

/** The version that was chosen, and the one in colony.lock. */
interface Chosen {
  readonly name: string
  readonly version: string
  readonly locked: string | null
}

export interface Resolved {
  readonly packages: readonly Chosen[]
  readonly omitted: Readonly<Record<string, string>>
  readonly isNewest: boolean
}

type Flags = Omit<InstallationFlags, 'copy'> & SelectionFlags

export interface ResolveOptions extends Omit<InstallationFlags, 'copy'>, SelectionFlags {
  /** resolve the problem in this JSON file instead of the project (docs/resolver.md) */
  universe?: string | undefined
  /** the file to write a proof of the answer to */
  proof?: string | undefined
  /** the file of a proof to check instead of resolving */
  check?: string | undefined
}

/** Resolves versions without changing anything. @throws CpmError NO_SOLUTION, USAGE */
export async function resolve(
  session: Session,
  { universe, proof, check, ...flags }: ResolveOptions = {},
): Promise<Resolved | Checked> {
  const at = (file: string) => path.resolve(session.cwd, file)
  const read = universe === undefined ? undefined : readUniverse(at(universe))
  if (read && (flags.resolution ?? flags.excludeNewer ?? flags.target) !== undefined)
    throw new CpmError('USAGE', "--resolution, --exclude-newer and --target can't be used with --universe")
  if (check !== undefined && proof !== undefined)
    throw new CpmError('USAGE', "--proof and --check can't be used together")
  if (check !== undefined) return await checkProofFile(session, readProof(at(check)), read, flags)
  const file = proof === undefined ? undefined : at(proof)
  return read ? ofUniverse(session, read, file) : await ofProject(session, flags, file)
}

async function ofProject(session: Session, flags: Flags, proofFile: string | undefined): Promise<Resolved> {
  const project = requireProject(session.cwd)
  const { source, emit, cpmVersion, signal, sweep } = await createInstallation(session, project, flags)
  const locked = lockedVersions(readLock(project.lockFile))
  try {
    const { roots } = readProjectRoots(project)
    requireFittingMembers(roots)
    const asked = await askResolver(roots, {
      root: rootFolder(project),
      locked,
      source,
      cpmVersion,
      selection: readSelection(session.cwd, flags),
      emit,
      signal,
      withProof: proofFile !== undefined,
    })
    if (proofFile !== undefined) writeProof(proofFile, proofOf(asked.problem, asked.outcome, asked.documents))
    const { packages, omitted, isNewest } = answerOf(asked, emit, await nearNames(asked, source)).solution
    const chosen = [...packages].map(([name, { version }]) => ({ name, version, locked: locked.get(name) ?? null }))
    return { packages: chosen, omitted: Object.fromEntries(omitted), isNewest }
  } finally {
    sweep()
  }
}

function ofUniverse({ emit }: Session, universe: UniverseFile, proofFile: string | undefined): Resolved {
  const outcome = runUniverse(universe, { withProof: proofFile !== undefined })
  if (proofFile !== undefined) writeProof(proofFile, proofOf(problemOf(universe), outcome, documentsOf(universe)))
  if (outcome.type === 'unsolvable') throw noSolution(universe)
  const { packages, isNewest } = outcome.solution
  if (!isNewest) emit(NOT_NEWEST)
  const lockedOf = (name: PackageName) => universe.locked[name] ?? null
  return {
    packages: [...packages].map(([name, { version }]) => ({ name, version, locked: lockedOf(name) })),
    omitted: {},
    isNewest,
  }
}

function noSolution(universe: UniverseFile): CpmError {
  const answer = resolveUniverse(universe)
  const { explanation, fixes } = 'unsolvable' in answer ? answer : { explanation: '', fixes: [] }
  const hint = fixes.length === 0 ? 'change one of the requirements above' : `change (tried): ${fixes.join(', or ')}`
  return new CpmError('NO_SOLUTION', explanation, { hint, details: { explanation, fixes } })
}
