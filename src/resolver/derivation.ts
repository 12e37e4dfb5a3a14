import type { Derivation, ProofFact } from '../schema/proof.ts'
import type { Failure } from './failure.ts'
import type { DependencyCause, Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { inOrder } from './post-order.ts'
import type { VersionSet } from './version-set.ts'

/**
 * Writes the derivation of a failure that doesn't depend on a lock as plain data (docs/resolver.md, "A proof others can
 * check").
 */
export function derivationOf({ incompatibility }: Failure): Derivation {
  const all = inOrder(incompatibility, ({ cause }) => (cause.type === 'derived' ? cause.from : []))
  const leaves = all.filter(({ cause }) => cause.type !== 'derived')
  const conclusions = all.filter(({ cause }) => cause.type === 'derived')
  const numbers = new Map([...leaves, ...conclusions].map((each, index) => [each, index]))
  const numberOf = (each: Incompatibility) => numbers.get(each) ?? 0
  return {
    facts: leaves.map(({ cause }) => {
      if (cause.type !== 'dependency') throw new Error('a proof can only use the dependencies of packages')
      return factOf(cause)
    }),
    steps: conclusions.flatMap(({ cause }) =>
      cause.type === 'derived'
        ? [[numberOf(cause.from[0]), numberOf(cause.from[1]), cause.on.name] as [number, number, string]]
        : [],
    ),
  }
}

function factOf({ by, versions, target, ranges }: DependencyCause): ProofFact {
  return {
    by: by.isRoot ? null : by.name,
    versions: by.isRoot ? [] : versionsIn(by, versions),
    on: target.name,
    ranges: [...ranges],
  }
}

function versionsIn(pkg: Package, versions: VersionSet): string[] {
  return versions.versionIndexes().map((versionIndex) => pkg.candidate(versionIndex).version)
}
