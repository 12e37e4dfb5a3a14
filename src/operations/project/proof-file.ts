import { type Derivation, Proof, type QuotedPackage } from '../../schema/proof.ts'
import type { PackageName } from '../../schema/name.ts'
import { quote } from '../../checker/quote.ts'
import { writeUserFile } from '../../core/user-files.ts'
import { CpmError } from '../../core/errors.ts'
import type { PackageDocument } from '../../core/ports.ts'
import { derivationOf } from '../../resolver/derivation.ts'
import type { ResolveProblem } from '../../resolver/problem.ts'
import type { Outcome } from '../../resolver/solver.ts'
import { readJsonFile } from './json-file.ts'

/** What the resolver read of each package. */
export type Documents = ReadonlyMap<PackageName, PackageDocument | null>

/** Turns an answer of the resolver into a proof. @param outcome a solution must include refutations */
export function proofOf(
  problem: ResolveProblem,
  outcome: Exclude<Outcome, { type: 'exhausted' }>,
  documents: Documents,
): Proof {
  const claim = outcome.type === 'solved' ? solutionClaim(problem, outcome) : unsolvableClaim(outcome)
  return {
    schemaVersion: 1,
    question: questionOf(problem, documents),
    packages: quotes(problem, claim, documents),
    claim,
  }
}

function unsolvableClaim({ failure }: Extract<Outcome, { type: 'unsolvable' }>): Proof['claim'] {
  return { type: 'unsolvable', derivation: derivationOf(failure) }
}

function solutionClaim(
  { locked, resolution = 'highest' }: ResolveProblem,
  { solution, refutations }: Extract<Outcome, { type: 'solved' }>,
): Proof['claim'] {
  const newest = refutations.map(({ name, failure }) => ({ name, derivation: derivationOf(failure) }))
  // A version that only the lock holds back can't be proved to be the newest.
  const isNewest = locked.size === 0 && resolution === 'highest' && newest.length === solution.heldBack.size
  const packages = Object.fromEntries([...solution.packages].map(([name, { version }]) => [name, version]))
  return { type: 'solved', packages, isNewest, newest }
}

/** Returns a problem as a proof states it. @param documents shows which locked versions were yanked */
export function questionOf(
  { dependencies, overrides, locked, excludeNewer, target }: ResolveProblem,
  documents: Documents,
): Proof['question'] {
  const isYanked = ([name, version]: readonly [PackageName, string]) =>
    documents.get(name)?.candidates.some((candidate) => candidate.version === version && candidate.yanked)
  return {
    dependencies: dependencies
      .filter(({ optional }) => !optional)
      .map(({ name, requirement }) => ({ name, range: requirement })),
    overrides: Object.fromEntries(overrides),
    locked: Object.fromEntries([...locked].filter(isYanked)),
    ...(excludeNewer !== undefined && { excludeNewer }),
    ...(target !== undefined && { target }),
  }
}

/** Quotes the packages of a claim: every version if the claim is about all of them, otherwise only the chosen one. */
function quotes({ dependencies }: ResolveProblem, claim: Proof['claim'], documents: Documents): Proof['packages'] {
  const quoted = new Map<string, QuotedPackage>()
  const whole = ({ facts }: Derivation) => {
    for (const { by, on } of facts)
      for (const name of by === null ? [on] : [by, on])
        quoted.set(name, quote(documents.get(name as PackageName) ?? null))
  }
  if (claim.type === 'unsolvable') whole(claim.derivation)
  else {
    for (const [name, version] of Object.entries(claim.packages))
      quoted.set(name, quote(documents.get(name as PackageName) ?? null, new Set([version])))
    for (const { name, optional } of dependencies) if (!optional) quoted.set(name, quote(documents.get(name) ?? null))
    for (const { derivation } of claim.newest) whole(derivation)
  }
  return Object.fromEntries([...quoted].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Writes a proof as JSON. */
export function writeProof(file: string, proof: Proof): void {
  writeUserFile(file, JSON.stringify(proof, null, 1) + '\n')
}

/** @throws CpmError PROOF_INVALID if the file is not a proof */
export function readProof(file: string): Proof {
  const read = Proof.safeParse(readJsonFile(file, 'PROOF_INVALID'))
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new CpmError('PROOF_INVALID', `${file} is not a proof: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}
