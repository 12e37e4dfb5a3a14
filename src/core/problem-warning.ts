import type { CpmEvent } from '../schema/events.ts'
import { problemText } from './problem.ts'
import type { Problem } from './yaml.ts'

/**
 * Returns the warning about a problem in a file, whose line is then shown.
 * @param root the folder that the file is relative to
 */
export function problemWarning(code: string, problem: Problem, root: string): CpmEvent {
  const { file, line, column } = problem
  return { type: 'warning', code, message: problemText(problem), place: { root, file, line, column } }
}
