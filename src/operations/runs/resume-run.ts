import { exactJson, parseLosslessJson } from '../../core/exact-json.ts'
import { isRunnable } from '../../schema/specs/documents.ts'
import { WorkflowSpec } from '../../schema/specs/workflow.ts'
import { CpmError } from '../../core/errors.ts'
import type { ColonyEngine } from '../../engines/colonyos/colony-engine.ts'
import { asWorkflow, type PreparedDocument } from '../../workflow/prepare.ts'
import { newRunId } from '../../workflow/run-id.ts'
import type { RunRecords } from '../../engines/runs/run-records.ts'
import type { Session } from '../session.ts'
import type { FoundPackage } from '../packages/find-package.ts'

interface Meant {
  found: FoundPackage
  /** `--run` */
  named: string | undefined
  /** renders and checks the document for a run with that id */
  prepare: (run: string) => Promise<PreparedDocument>
}

/**
 * Renders the document for a run: the one that the user named, otherwise an identical one that a killed command started
 * without reporting it, otherwise a new one.
 */
export async function prepareToGoOn(
  { emit }: Session,
  { engine, records }: { engine: ColonyEngine; records: RunRecords },
  { found, named, prepare }: Meant,
): Promise<PreparedDocument> {
  const { name, version } = found.manifest
  if (named !== undefined) {
    const prepared = await prepare(named)
    if (!records.has(named) || isSame(records, named, prepared)) return prepared
    throw new CpmError(
      'FILE_EXISTS',
      `the run ${named} already exists, with a different workflow or different values`,
      {
        hint: 'choose another name for --run',
      },
    )
  }
  for (const { run, package: of, workflow, submittedAt, retryOf } of engine.unacknowledged()) {
    if (of.name !== name || of.version !== version || retryOf !== undefined) continue
    const prepared = await prepare(run)
    if (prepared.source.file !== workflow || !isSame(records, run, prepared)) continue
    emit({
      type: 'warning',
      code: 'RUN_CONTINUED',
      message: `continuing the run ${run}, which an interrupted command started at ${submittedAt}`,
      hint: 'to start another run instead: --run NAME',
    })
    return prepared
  }
  return await prepare(newRunId())
}

/** Returns whether a run was submitted with exactly this workflow. Ignores the payload, which follows from the lock. */
function isSame(records: RunRecords, run: string, { document }: PreparedDocument): boolean {
  if (!isRunnable(document)) return false
  const text = (spec: WorkflowSpec) => exactJson(withoutPayload(WorkflowSpec.parse(parseLosslessJson(exactJson(spec)))))
  return text(records.spec(run)) === text(asWorkflow(document))
}

function withoutPayload({ functions, ...spec }: WorkflowSpec): WorkflowSpec {
  return {
    ...spec,
    functions: functions.map(({ kwargs: { cpm: _, ...kwargs }, fs: __, ...node }) => ({ ...node, kwargs })),
  }
}
