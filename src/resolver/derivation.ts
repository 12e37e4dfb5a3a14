import type { Derivation, ProofFact } from '../schema/proof.ts'
import type { DemandFact } from './cause.ts'
import type { Failure } from './failure.ts'
import type { Incompatibility } from './incompatibility.ts'
import type { Package } from './package.ts'
import { inOrder } from './post-order.ts'
import type { VersionSet } from './version-set.ts'

/** The derivation of a failure that needs no lock, as plain data for others to check (docs/resolver.md, "A proof others can check"). */
export function derivationOf({ incompatibility }: Failure): Derivation {
  const all = inOrder(incompatibility, ({ cause }) => (cause.type === 'conclusion' ? cause.from : []))
  const leaves = all.filter(({ cause }) => cause.type !== 'conclusion')
  const conclusions = all.filter(({ cause }) => cause.type === 'conclusion')
  const numbers = new Map([...leaves, ...conclusions].map((each, index) => [each, index]))
  const numberOf = (each: Incompatibility) => numbers.get(each) ?? 0
  return {
    facts: leaves.map(({ cause }) => {
      if (cause.type !== 'demand') throw new Error('a proof rests on what packages demand alone')
      return factOf(cause)
    }),
    steps: conclusions.flatMap(({ cause }) =>
      cause.type === 'conclusion'
        ? [[numberOf(cause.from[0]), numberOf(cause.from[1]), cause.on.name] as [number, number, string]]
        : [],
    ),
  }
}

function factOf({ by, versions, target, ranges }: DemandFact): ProofFact {
  return {
    by: by.isRoot ? null : by.name,
    versions: by.isRoot ? [] : versionsIn(by, versions),
    on: target.name,
    ranges: [...ranges],
  }
}

function versionsIn(pkg: Package, versions: VersionSet): string[] {
  return versions.places().map((place) => pkg.candidate(place).version)
}
