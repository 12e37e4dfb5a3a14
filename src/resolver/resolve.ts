import type { PackageSource } from '../core/ports.ts'
import type { ResolveProblem } from './problem.ts'
import { createSolver, type Outcome, type SolverOptions } from './solver.ts'

/** Lets other pending work run. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * Resolves a problem with the documents of a source. Errors of the source are passed on: an unreachable source says
 * nothing about whether a package exists.
 */
export async function resolve(
  problem: ResolveProblem,
  source: PackageSource,
  { signal, ...options }: SolverOptions & { signal?: AbortSignal | undefined } = {},
): Promise<Outcome> {
  const solver = createSolver(problem, options)
  let step = solver.step()
  while (step.type === 'need' || step.type === 'pause') {
    signal?.throwIfAborted()
    if (step.type === 'pause') {
      await turn()
      step = solver.step()
      continue
    }
    const answers = await source.read(step.names)
    const unanswered = step.names.filter((name) => !answers.has(name))
    if (unanswered.length > 0) throw new Error(`the package source did not answer for ${unanswered.join(', ')}`)
    step = solver.step(answers)
  }
  return step
}
