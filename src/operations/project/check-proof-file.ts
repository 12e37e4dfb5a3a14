import { lockedVersions, readLock } from '../../installer/lockfile.ts'
import { findProject, rootFolder } from '../../installer/find-project.ts'
import { readProjectRoots } from '../../installer/workspace/read-roots.ts'
import { problemOf } from '../../installer/resolve-project.ts'
import { withFolders } from '../../installer/folder-packages.ts'
import { problemOf as problemOfUniverse } from '../../resolver/universe.ts'
import { checkProof, requireQuestion, requireQuotesTrue } from '../../checker/check-proof.ts'
import { quote } from '../../checker/quote.ts'
import type { PackageName } from '../../schema/name.ts'
import type { Proof, ProofQuestion } from '../../schema/proof.ts'
import type { Session } from '../session.ts'
import { createInstallation } from './installation.ts'
import { type Documents, questionOf } from './proof-file.ts'
import { readSelection } from './selection.ts'
import { documentsOf, type UniverseFile } from './universe-file.ts'

export interface Checked {
  readonly checked: { readonly facts: number; readonly steps: number }
  readonly claim: Proof['claim']['type']
  /** whether it proves that the direct dependencies are the newest possible; null if there is no solution */
  readonly isNewest: boolean | null
  readonly question: ProofQuestion
  /** what the question and the quoted packages were compared with */
  readonly against: 'universe' | 'project' | null
}

type Flags = Parameters<typeof readSelection>[1] & Parameters<typeof createInstallation>[2]

/** Checks a proof, its question and its quotes, against the universe or otherwise the project and its registries. */
export async function checkProofFile(
  session: Session,
  proof: Proof,
  universe: UniverseFile | undefined,
  flags: Flags,
): Promise<Checked> {
  const checked = checkProof(proof)
  const names = Object.keys(proof.packages) as PackageName[]
  const actual = universe ? ofUniverse(universe, names) : await ofProject(session, names, flags)
  if (actual) {
    requireQuestion(proof, actual.question)
    requireQuotesTrue(proof, new Map(names.map((name) => [name, quote(actual.documents.get(name) ?? null)])))
  }
  const { claim, question } = proof
  const against = universe ? 'universe' : actual ? 'project' : null
  return { checked, claim: claim.type, isNewest: claim.type === 'solved' ? claim.isNewest : null, question, against }
}

interface Actual {
  readonly question: ProofQuestion
  readonly documents: Documents
}

function ofUniverse(universe: UniverseFile, names: readonly PackageName[]): Actual {
  const documents = documentsOf(universe, names)
  return { documents, question: questionOf(problemOfUniverse(universe), documents) }
}

async function ofProject(session: Session, names: readonly PackageName[], flags: Flags): Promise<Actual | undefined> {
  const project = findProject(session.cwd)
  if (!project) return undefined
  const { source, emit, cpmVersion, sweep } = await createInstallation(session, project, flags)
  try {
    const { problem, folders } = problemOf(readProjectRoots(project).roots, {
      root: rootFolder(project),
      locked: lockedVersions(readLock(project.lockFile)),
      source,
      cpmVersion,
      selection: readSelection(session.cwd, flags),
      emit,
    })
    const documents = await withFolders(source, folders).read(names)
    return { documents, question: questionOf(problem, documents) }
  } finally {
    sweep()
  }
}
