import { CpmError } from '../core/errors.ts'
import { type Problem, problemsError } from '../core/yaml.ts'
import { prepareDocument, type PreparedDocument, type PrepareOptions } from './prepare.ts'
import { newRunId } from './run-id.ts'
import { namesakes } from './specs/namesakes.ts'
import { requireWorkflows } from './templates/workflow-file.ts'

/**
 * Renders and checks every document of a package, with the same values.
 * @throws CpmError INPUT_INVALID, or WORKFLOW_INVALID with the problems of all documents
 */
export async function prepareAll(options: Omit<PrepareOptions, 'workflow'>): Promise<PreparedDocument[]> {
  const release = options.release ?? newRunId()
  const prepared: PreparedDocument[] = []
  const failures: CpmError[] = []
  for (const workflow of requireWorkflows(options.root)) {
    try {
      prepared.push(await prepareDocument({ ...options, workflow, release }))
    } catch (error) {
      if (!(error instanceof CpmError) || error.code !== 'WORKFLOW_INVALID') throw error
      failures.push(error)
    }
  }
  const alike = namesakes(
    prepared.map(({ source }) => source.root),
    { isSample: false },
  )
  if (alike.length > 0)
    failures.push(problemsError('WORKFLOW_INVALID', 'documents in the package share a name:', alike))
  const [first, ...more] = failures
  if (!first) return prepared
  if (more.length === 0) throw first
  const problems = failures.flatMap(({ details }) => (details.problems ?? []) as Problem[]) // problemsError sets them
  throw new CpmError('WORKFLOW_INVALID', failures.map(({ message }) => message).join('\n'), { details: { problems } })
}
