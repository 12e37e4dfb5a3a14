import { WorkflowSpec } from '../schema/specs/workflow.ts'
import type { SpecDocument } from '../schema/specs/documents.ts'
import { isRunnable } from '../schema/specs/documents.ts'
import { CpmError } from '../core/errors.ts'
import { problemText } from '../core/yaml.ts'
import { type AddedDocument, addDocument, wireDocument } from '../workflow/colonyos/add-document.ts'
import { checkColony } from '../workflow/colonyos/check-colony.ts'
import type { ColonyEngine } from '../workflow/colonyos/colony-engine.ts'
import { serverUrl } from '../workflow/colonyos/server-address.ts'
import { wireWorkflow } from '../workflow/colonyos/wire-spec.ts'
import { type Upload, uploadAll, withPayload } from '../workflow/payload/payload.ts'
import { asWorkflow, type PreparedDocument } from '../workflow/prepare.ts'
import { newRunId } from '../workflow/runs/run-id.ts'
import { RunRecords } from '../workflow/runs/run-records.ts'
import type { RunSnapshot } from '../workflow/runs/snapshot.ts'
import { requireColony } from './colony-choice.ts'
import { openUploader, type PlannedLabel, plannedLabels } from './colonyfs.ts'
import { openColonyEngine } from './colony-engine.ts'
import type { Context } from './context.ts'
import { followRun, tellOfRun } from './follow-run.ts'
import { identities } from './package-identity.ts'
import type { FoundPackage } from './package-to-run.ts'

export interface ColonyFlags {
  context?: string | undefined
  run?: string | undefined
  wait: boolean
  logs: boolean
  timeout?: number | undefined
  dryRun: boolean
  checkColony: boolean
}

interface Given {
  found: FoundPackage
  flags: ColonyFlags
  /** renders and checks the document anew, for a run of that id in that colony */
  prepare: (release: string, colony: string) => Promise<PreparedDocument>
}

/** What would be sent, and where. */
export interface DryRun {
  readonly dryRun: true
  readonly server: string
  readonly colony: string
  /** what the run would be called; the next command makes another name */
  readonly run?: string
  readonly kind: SpecDocument['kind']
  /** what would be put into ColonyFS before, unless it is there */
  readonly uploads?: readonly PlannedLabel[]
  readonly sent: unknown
}

/** A colony that could run the workflow as it is now. */
export interface FitColony {
  readonly fit: true
  readonly colony: string
  readonly doubts: readonly string[]
}

export type Submitted =
  DryRun | FitColony | ({ readonly colony: string } & { readonly added: AddedDocument }) | RunSnapshot

/** Submits a package’s document to the colony that is meant, or shows or checks what would be submitted. */
export async function submitToColony(context: Context, given: Given): Promise<Submitted> {
  const { flags } = given
  if (flags.dryRun) return await showWhatIsSent(context, given)
  const records = new RunRecords(context.home(await context.config()).runs)
  const lookFirst = flags.run !== undefined
  const { client, engine, choice } = await openColonyEngine(context, records, { context: flags.context, lookFirst })
  const prepare = (release: string) => given.prepare(release, client.colony)
  const prepared = await prepareToGoOn(context, engine, records, { ...given, prepare })
  const { document } = prepared
  tellWarnings(context, prepared)
  if (flags.checkColony) {
    const { conditions } = given.found.manifest
    const nodes = isRunnable(document)
      ? asWorkflow(document).functions
      : 'functions' in document
        ? document.functions
        : []
    const { problems, doubts } = await checkColony(client, nodes, conditions.colonyos)
    if (problems.length === 0) return { fit: true, colony: client.colony, doubts }
    const lines = problems.map((problem) => `  ${problem}`)
    throw new CpmError('COLONY_UNFIT', [`the colony ${client.colony} can’t run it:`, ...lines].join('\n'), {
      hint: 'cpm colony executors; cpm colony functions',
      details: { problems, doubts },
    })
  }
  const source = prepared.source.root
  const identityOf = await identities(context, given.found)
  const uploader = () => openUploader(context, client, { project: given.found.project, choice })
  if (!isRunnable(document)) {
    const spec =
      'functions' in document ? await uploadAll(withPayload(document, source, identityOf), uploader) : document
    return { colony: client.colony, added: await addDocument(client, spec) }
  }
  const spec = await uploadAll(withPayload(asWorkflow(document), source, identityOf), uploader)
  const { root, manifest, tree } = given.found
  const { name, version, functions } = manifest
  const { packages } = given.found.project
  const run = prepared.release
  const submitted = await engine.submit(
    { run, package: { name, version }, workflow: prepared.source.file, spec, root, packages, tree, functions },
    { signal: context.signal },
  )
  const { timeout, logs } = flags
  if (flags.wait || logs || timeout !== undefined) return await followRun(context, engine, run, { timeout, logs })
  tellOfRun(context, engine, run)
  return submitted
}

/**
 * Renders the document for the run that is meant: one that the user named, or one that a killed command began and told nobody of and that
 * is the same to the letter, or a new one.
 */
async function prepareToGoOn(
  { emit }: Context,
  engine: ColonyEngine,
  records: RunRecords,
  { found, flags, prepare }: Given & { prepare: (release: string) => Promise<PreparedDocument> },
): Promise<PreparedDocument> {
  const { name, version } = found.manifest
  if (flags.run !== undefined) {
    const prepared = await prepare(flags.run)
    if (!records.has(flags.run) || isSame(records, flags.run, prepared)) return prepared
    throw new CpmError('FILE_EXISTS', `there is a run ${flags.run} already, of another workflow or with other values`, {
      hint: 'choose another name for --run',
    })
  }
  for (const { run, package: of, workflow, submittedAt, retryOf } of engine.untold()) {
    if (of.name !== name || of.version !== version || retryOf !== undefined || flags.checkColony) continue
    const prepared = await prepare(run)
    if (prepared.source.file !== workflow || !isSame(records, run, prepared)) continue
    emit({
      type: 'warning',
      code: 'RUN_CONTINUED',
      message: `going on with the run ${run}, which a command began at ${submittedAt} and did not finish`,
      hint: 'to run it once more, give that run a name: --run NAME',
    })
    return prepared
  }
  return await prepare(newRunId())
}

/** Whether a run was submitted with exactly this workflow; what payload adds is made from it and the lock. */
function isSame(records: RunRecords, run: string, { document }: PreparedDocument): boolean {
  if (!isRunnable(document)) return false
  const text = (spec: WorkflowSpec) =>
    JSON.stringify(withoutPayload(WorkflowSpec.parse(JSON.parse(JSON.stringify(spec)))))
  return text(records.spec(run)) === text(asWorkflow(document))
}

function withoutPayload({ functions, ...spec }: WorkflowSpec): WorkflowSpec {
  return {
    ...spec,
    functions: functions.map(({ kwargs: { cpm: _, ...kwargs }, fs: __, ...node }) => ({ ...node, kwargs })),
  }
}

async function showWhatIsSent(context: Context, { found, flags, prepare }: Given): Promise<DryRun> {
  const settings = await context.config()
  const choice = requireColony({ file: context.home(settings).contexts, flag: flags.context, env: context.env })
  const prepared = await prepare(flags.run ?? newRunId(), choice.colony)
  tellWarnings(context, prepared)
  const { document, release, source } = prepared
  const { colony } = choice
  const place = { dryRun: true as const, server: serverUrl(choice.server).href, colony, kind: document.kind }
  const identityOf = await identities(context, found)
  const meant = { project: found.project, choice }
  if (!isRunnable(document)) {
    const { spec, uploads } =
      'functions' in document ? withPayload(document, source.root, identityOf) : { spec: document, uploads: [] }
    return { ...place, ...(await uploadsShown(context, meant, uploads)), sent: wireDocument(spec, colony) }
  }
  const { spec, uploads } = withPayload(asWorkflow(document), source.root, identityOf)
  const { spec: sent } = wireWorkflow(spec, { colony, run: release })
  return { ...place, run: release, ...(await uploadsShown(context, meant, uploads)), sent }
}

async function uploadsShown(
  context: Context,
  meant: Parameters<typeof plannedLabels>[1],
  uploads: readonly Upload[],
): Promise<Pick<DryRun, 'uploads'>> {
  return uploads.length === 0 ? {} : { uploads: await plannedLabels(context, meant, uploads) }
}

function tellWarnings({ emit }: Context, { warnings }: PreparedDocument): void {
  for (const warning of warnings) emit({ type: 'warning', code: 'WORKFLOW_INVALID', message: problemText(warning) })
}
