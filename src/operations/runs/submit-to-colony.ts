import type { SpecDocument } from '../../schema/specs/documents.ts'
import { isRunnable } from '../../schema/specs/documents.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import { CpmError } from '../../core/errors.ts'
import { problemWarning } from '../../core/problem-warning.ts'
import { type AddedDocument, addDocument } from '../../engines/colonyos/add-document.ts'
import { checkColony } from '../../engines/colonyos/check-colony.ts'
import type { ColonyClient } from '../../engines/colonyos/client.ts'
import { uploadAll, withPayload } from '../../engines/colonyos/payload.ts'
import { asWorkflow, type PreparedDocument, prepareDocument } from '../../workflow/prepare.ts'
import { COLONY_PATHS } from '../../workflow/values/paths.ts'
import { COLONY_SECRETS } from '../../workflow/values/secrets.ts'
import { newRunId } from '../../workflow/run-id.ts'
import { RunRecords } from '../../engines/runs/run-records.ts'
import { findColony } from './colony-choice.ts'
import { openColonyEngine } from './colony-engine.ts'
import { openUploader } from './colonyfs.ts'
import type { Session } from '../session.ts'
import { withLentHome } from '../lent-home.ts'
import { NOT_SELECTED, showWhatIsSent } from './dry-run.ts'
import { followRun, tellOfRun } from './follow-run.ts'
import { warnOfUnread } from '../packages/value-overrides.ts'
import { identities } from '../packages/package-identity.ts'
import type { FoundPackage } from '../packages/find-package.ts'
import { runRenderHooks, runSubmitHooks } from '../plugins/other-hooks.ts'
import { prepareToGoOn } from './resume-run.ts'
import type { FitColony, Submission, Submitted } from './submission.ts'

/**
 * Submits a workflow to a colony, or shows or checks what would be submitted.
 * @throws CpmError COLONY_NOT_CHOSEN, COLONY_UNFIT
 */
export async function submitToColony(session: Session, { found, overrides, options }: Submission): Promise<Submitted> {
  const { run: named, context: flag } = options
  const { root, manifest, tree, project } = found
  const { workflow, dropUnknownKeys: dropUnknown = false } = options
  const { pool, signal } = session
  const { packages } = project
  const prepare = (release: string, colony: string) =>
    prepareDocument({
      ...{ pool, signal, root, manifest, packages, workflow, overrides, dropUnknown, release, colony },
      secrets: COLONY_SECRETS,
      paths: COLONY_PATHS,
    })
  await warnOfUnread(session, found, overrides)
  if (options.dryRun === true) {
    // A dry run needs no home, no colony and no key.
    const looking = withLentHome(session)
    const file = looking.home(await looking.config()).contexts
    const choice = findColony({ file, flag, env: session.env })
    const prepared = reported(session, root, await prepare(named ?? newRunId(), choice?.colony ?? NOT_SELECTED))
    await runRenderHooks(session, found, { workflow: prepared.source.file, spec: prepared.document })
    return await showWhatIsSent(looking, { found, choice }, prepared)
  }
  const records = new RunRecords(session.home(await session.config()).runs)
  const opening = { context: flag, lookFirst: named !== undefined }
  const { client, engine, choice } = await openColonyEngine(session, records, opening)
  const prepareFor = (run: string) => prepare(run, client.colony)
  if (options.checkColony === true) {
    const { document } = reported(session, root, await prepareFor(named ?? newRunId()))
    return await requireFit(client, document, found)
  }
  const goingOn = await prepareToGoOn(session, { engine, records }, { found, named, prepare: prepareFor })
  const { document, source, release: run } = reported(session, root, goingOn)
  await runSubmitHooks(session, found, { engine: 'colonyos', workflow: source.file, spec: document })
  const identityOf = await identities(session, found)
  const uploader = () => openUploader(session, client, { project: found.project, context: choice.context })
  if (!isRunnable(document)) {
    const spec =
      'functions' in document ? await uploadAll(withPayload(document, source.root, identityOf), uploader) : document
    return { colony: client.colony, added: reportDropped(session, await addDocument(client, spec)) }
  }
  const spec = await uploadAll(withPayload(asWorkflow(document), source.root, identityOf), uploader)
  const { name, version, functions } = manifest
  const submitted = await engine.submit(
    { run, package: { name, version }, workflow: source.file, spec, root, packages, tree, functions },
    { signal: session.signal },
  )
  const { timeout, logs } = options
  if (options.wait === true || logs === true || timeout !== undefined)
    return await followRun(session, engine, run, { timeout, logs })
  tellOfRun(session, engine, run)
  return submitted
}

/** @throws CpmError COLONY_UNFIT with everything that is missing */
async function requireFit(
  client: ColonyClient,
  document: SpecDocument,
  { manifest: { conditions } }: FoundPackage,
): Promise<FitColony> {
  const { problems, doubts } = await checkColony(client, nodesOf(document), conditions.colonyos)
  if (problems.length === 0) return { fit: true, colony: client.colony, doubts }
  const lines = problems.map((problem) => `  ${problem}`)
  throw new CpmError('COLONY_UNFIT', [`the colony ${client.colony} can't run this workflow:`, ...lines].join('\n'), {
    hint: 'cpm colony executors; cpm colony functions',
    details: { problems, doubts },
  })
}

function nodesOf(document: SpecDocument): readonly FunctionSpec[] {
  if (isRunnable(document)) return asWorkflow(document).functions
  return 'functions' in document ? document.functions : []
}

/** Warns about parts of a document that the server accepts but does not keep. */
function reportDropped({ emit }: Session, added: AddedDocument): AddedDocument {
  for (const path of added.dropped ?? [])
    emit({ type: 'warning', code: 'WORKFLOW_INVALID', message: `the server does not keep ${path} of ${added.name}` })
  return added
}

/** Warns about what is accepted but may not work. */
function reported({ emit }: Session, root: string, prepared: PreparedDocument): PreparedDocument {
  for (const warning of prepared.warnings) emit(problemWarning('WORKFLOW_INVALID', warning, root))
  return prepared
}
