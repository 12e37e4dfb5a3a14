import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import { CpmError } from '../core/errors.ts'
import type { PackageSource } from '../core/ports.ts'
import { type ResolvedProject, resolveProject, type ResolveOptions } from './resolve-project.ts'
import type { Roots } from './roots.ts'

interface UpdateOptions extends ResolveOptions {
  /** which locked packages may get other versions */
  mayUpgrade: (name: PackageName) => boolean
}

type Locked = ReadonlyMap<PackageName, Version>

/**
 * Chooses versions for the roots; packages that may be upgraded get new ones. An update moves off yanked versions if
 * it can. If nothing else fits, it keeps as few locked yanked versions as it must, rather than fail.
 * @throws CpmError NO_SOLUTION, RESOLVE_BUDGET
 */
export async function resolveUpdate(
  roots: Roots,
  { mayUpgrade, locked, ...options }: UpdateOptions,
): Promise<ResolvedProject> {
  const resolveKeeping = (kept: Locked) => resolveProject(roots, { ...options, locked: kept })
  const staying = new Map([...locked].filter(([name]) => !mayUpgrade(name)))
  try {
    return await resolveKeeping(staying)
  } catch (error) {
    const yanked = hasNoSolution(error) ? await yankedAmong(locked, mayUpgrade, options.source) : []
    if (yanked.length === 0) throw error
    let found = await orNoSolution(resolveKeeping(new Map([...staying, ...yanked])))
    if (!found) throw error
    // Each is dropped again if the rest resolves without it.
    let kept = yanked
    for (const one of yanked.length > 1 ? yanked : []) {
      const fewer = kept.filter((entry) => entry !== one)
      const resolved = await orNoSolution(resolveKeeping(new Map([...staying, ...fewer])))
      if (resolved) [found, kept] = [resolved, fewer]
    }
    return found
  }
}

async function yankedAmong(
  locked: Locked,
  mayUpgrade: (name: PackageName) => boolean,
  source: PackageSource,
): Promise<[PackageName, Version][]> {
  const upgradable = [...locked].filter(([name]) => mayUpgrade(name))
  const documents = await source.read(upgradable.map(([name]) => name))
  return upgradable.filter(([name, version]) =>
    documents.get(name)?.candidates.some((candidate) => candidate.version === version && candidate.yanked),
  )
}

function hasNoSolution(error: unknown): boolean {
  return error instanceof CpmError && error.code === 'NO_SOLUTION'
}

async function orNoSolution(resolving: Promise<ResolvedProject>): Promise<ResolvedProject | undefined> {
  try {
    return await resolving
  } catch (error) {
    if (hasNoSolution(error)) return undefined
    throw error
  }
}
