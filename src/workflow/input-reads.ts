import type { Pool } from '../core/pool.ts'
import { reads } from './tasks.ts'
import type { PackageReads } from './tasks/reads.ts'
import { findPackages, type PackageFolder, sourcesOf } from './templates/package-sources.ts'
import { type FindInputs, overridesFor } from './values/dependency-inputs.ts'
import type { ValuesProblem } from './values/value-overrides.ts'
import { neverRead } from './values/input-read.ts'
import { mergeInputs, type ResolvedInputs } from './values/inputs.ts'

const DEADLINE = 10_000

/** Finds the inputs that the workflows of a package read. Runs on the pool. */
export async function readsOf(
  pool: Pool,
  folder: PackageFolder,
  packages: string,
  signal: AbortSignal,
): Promise<PackageReads> {
  const sources = sourcesOf(findPackages(folder, packages))
  return await pool.run(
    reads,
    { packages: sources },
    { signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]) },
  )
}

/** Reports the values a user passes to a package and its dependencies that no expression reads. */
export function neverReadBy(
  inputs: ResolvedInputs,
  { own, included }: PackageReads,
  find: FindInputs,
): ValuesProblem[] {
  const dependencies = [...inputs.declared.dependencies].flatMap((name) => {
    const overrides = overridesFor(inputs, name)
    const declared = overrides.documents.length + overrides.sets.length > 0 ? find(name) : undefined
    return declared ? neverReadBy(mergeInputs(declared, overrides), { own: included[name] ?? [], included }, find) : []
  })
  return [...neverRead(inputs, own), ...dependencies]
}
