import { CpmError } from '../../core/errors.ts'
import { problemWarning } from '../../core/problem-warning.ts'
import { localFunctions } from '../../engines/local/local-functions.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import { type PreparedWorkflow, prepareDocument, prepareWorkflow } from '../../workflow/prepare.ts'
import { newRunId } from '../../workflow/run-id.ts'
import { LOCAL_PATHS } from '../../workflow/values/paths.ts'
import { localSecrets, warnOfUnread } from '../packages/value-overrides.ts'
import { requireDependencies } from '../packages/required-dependencies.ts'
import { runRenderHooks, runSubmitHooks } from '../plugins/other-hooks.ts'
import { withLentHome, withPlaceForRuns } from '../lent-home.ts'
import type { Session } from '../session.ts'
import { submitAndFollow } from './follow-run.ts'
import { type LocalDryRun, planLocalRun } from './local-dry-run.ts'
import { openRuns } from './runs.ts'
import type { Submission, SubmissionOptions } from './submission.ts'

/** Runs a workflow on this machine and waits for its end. @throws CpmError RUN_FAILED, RUN_TIMEOUT */
export async function submitLocally(caller: Session, submission: Submission): Promise<RunSnapshot | LocalDryRun> {
  const { found, overrides, options } = submission
  requireForLocal(options)
  requireDependencies(found, caller.cwd)
  if (options.dryRun === true) return await plan(caller, submission, 'local')
  const session = await withPlaceForRuns(withLentHome(caller))
  const { root, manifest, tree } = found
  const { packages } = found.project
  const run = newRunId()
  const secrets = await localSecrets(session, run)
  const prepared = await prepareWorkflow({
    ...rendering(session, submission),
    secrets,
    paths: LOCAL_PATHS,
    release: run,
  })
  if (options.dropUnknownKeys === true) tellWarnings(session, found.root, prepared)
  await warnOfUnread(session, found, overrides)
  await runSubmitHooks(session, found, { engine: 'local', workflow: prepared.source.file, spec: prepared.spec })
  secrets.place()
  const engine = await (await openRuns(session)).engine('local')
  const { timeout, logs } = options
  return await submitAndFollow(
    session,
    engine,
    {
      run,
      package: { name: manifest.name, version: manifest.version },
      workflow: prepared.source.file,
      spec: prepared.spec,
      root,
      packages,
      tree,
      functions: localFunctions(root, manifest, packages),
      secrets: secrets.kept,
    },
    { timeout, logs },
  )
}

/** Plans a run without a selected engine. */
export async function planSubmission(session: Session, submission: Submission): Promise<LocalDryRun> {
  requireForLocal(submission.options)
  requireDependencies(submission.found, session.cwd)
  return await plan(session, submission, null)
}

async function plan(session: Session, submission: Submission, engine: 'local' | null): Promise<LocalDryRun> {
  const { found, overrides } = submission
  const options = rendering(session, submission)
  const prepared =
    engine === 'local' ? await prepareWorkflow({ ...options, paths: LOCAL_PATHS }) : await prepareDocument(options)
  await warnOfUnread(session, found, overrides)
  await runRenderHooks(session, found, {
    workflow: prepared.source.file,
    spec: 'spec' in prepared ? prepared.spec : prepared.document,
  })
  const { root, manifest, project } = found
  return planLocalRun(session, prepared, { root, manifest, packages: project.packages, engine })
}

/** Returns the options for rendering. */
function rendering({ pool, signal }: Session, { found, overrides, options }: Submission) {
  const { root, manifest, project } = found
  const { workflow, dropUnknownKeys: dropUnknown = false } = options
  return { pool, signal, root, manifest, packages: project.packages, workflow, overrides, dropUnknown }
}

function tellWarnings({ emit }: Session, root: string, { warnings }: Pick<PreparedWorkflow, 'warnings'>): void {
  for (const warning of warnings) emit(problemWarning('WORKFLOW_INVALID', warning, root))
}

/** @throws CpmError USAGE for an option that only applies to colonies */
function requireForLocal({ context, run, checkColony }: SubmissionOptions): void {
  const options = { '--context': context, '--run': run, '--check-colony': checkColony }
  const [flag] = Object.entries(options).find(([, value]) => value !== undefined && value !== false) ?? []
  if (flag === undefined) return
  throw new CpmError('USAGE', `${flag} can't be used with the local engine`, {
    hint: 'leave it out, or use --engine colonyos',
  })
}
