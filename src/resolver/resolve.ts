import type { PackageSource } from '../core/ports.ts'
import type { Problem } from './problem.ts'
import { createSolver, type Outcome } from './solver.ts'

/**
 * Resolves a problem with the documents of a source. What the source throws is passed on: a source that can't be
 * reached says nothing about whether a package exists.
 */
export async function resolve(
  problem: Problem,
  source: PackageSource,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Outcome> {
  const solver = createSolver(problem)
  let step = solver.step()
  while (step.type === 'need') {
    signal?.throwIfAborted()
    const answers = await source.read(step.names)
    const unanswered = step.names.filter((name) => !answers.has(name))
    if (unanswered.length > 0) throw new Error(`the package source gave no answer for ${unanswered.join(', ')}`)
    step = solver.step(answers)
  }
  return step
}
