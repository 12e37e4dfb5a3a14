import type { SpecDocument } from '../../schema/specs/documents.ts'
import { isRunnable } from '../../schema/specs/documents.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import { CpmError } from '../../core/errors.ts'
import { problemText } from '../../core/yaml.ts'
import { type AddedDocument, addDocument } from '../../engines/colonyos/add-document.ts'
import { checkColony } from '../../engines/colonyos/check-colony.ts'
import type { ColonyClient } from '../../engines/colonyos/client.ts'
import { uploadAll, withPayload } from '../../engines/colonyos/payload.ts'
import { asWorkflow, type PreparedDocument } from '../../workflow/prepare.ts'
import { newRunId } from '../../workflow/run-id.ts'
import { RunRecords } from '../../engines/runs/run-records.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import { requireColony } from './colony-choice.ts'
import { openColonyEngine } from './colony-engine.ts'
import { openUploader } from './colonyfs.ts'
import type { Session } from '../session.ts'
import type { LocalDryRun } from './local-dry-run.ts'
import { type DryRun, showWhatIsSent } from './dry-run.ts'
import { followRun, tellOfRun } from './follow-run.ts'
import { identities } from '../packages/package-identity.ts'
import type { FoundPackage } from '../packages/find-package.ts'
import { prepareToGoOn } from './resume-run.ts'

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

/** A colony that could run the workflow as it is now. */
export interface FitColony {
  readonly fit: true
  readonly colony: string
  readonly doubts: readonly string[]
}

export type Submitted =
  DryRun | LocalDryRun | FitColony | ({ readonly colony: string } & { readonly added: AddedDocument }) | RunSnapshot

/** Submits a package’s document to the colony that is meant, or shows or checks what would be submitted. */
export async function submitToColony(context: Session, { found, flags, prepare }: Given): Promise<Submitted> {
  const { run: named } = flags
  const { contexts: file, runs } = context.home(await context.config())
  if (flags.dryRun) {
    const choice = requireColony({ file, flag: flags.context, env: context.env })
    const prepared = told(context, await prepare(named ?? newRunId(), choice.colony))
    return await showWhatIsSent(context, { found, choice }, prepared)
  }
  const records = new RunRecords(runs)
  const options = { context: flags.context, lookFirst: named !== undefined }
  const { client, engine, choice } = await openColonyEngine(context, records, options)
  const prepareFor = (run: string) => prepare(run, client.colony)
  if (flags.checkColony) {
    const { document } = told(context, await prepareFor(named ?? newRunId()))
    return await requireFit(client, document, found)
  }
  const goingOn = await prepareToGoOn(context, { engine, records }, { found, named, prepare: prepareFor })
  const { document, source, release: run } = told(context, goingOn)
  const identityOf = await identities(context, found)
  const uploader = () => openUploader(context, client, { project: found.project, choice })
  if (!isRunnable(document)) {
    const spec =
      'functions' in document ? await uploadAll(withPayload(document, source.root, identityOf), uploader) : document
    return { colony: client.colony, added: toldOfDropped(context, await addDocument(client, spec)) }
  }
  const spec = await uploadAll(withPayload(asWorkflow(document), source.root, identityOf), uploader)
  const { root, manifest, tree, project } = found
  const { name, version, functions } = manifest
  const submitted = await engine.submit(
    { run, package: { name, version }, workflow: source.file, spec, root, packages: project.packages, tree, functions },
    { signal: context.signal },
  )
  const { timeout, logs } = flags
  if (flags.wait || logs || timeout !== undefined) return await followRun(context, engine, run, { timeout, logs })
  tellOfRun(context, engine, run)
  return submitted
}

/** @throws CpmError COLONY_UNFIT with all that is missing */
async function requireFit(
  client: ColonyClient,
  document: SpecDocument,
  { manifest: { conditions } }: FoundPackage,
): Promise<FitColony> {
  const { problems, doubts } = await checkColony(client, nodesOf(document), conditions.colonyos)
  if (problems.length === 0) return { fit: true, colony: client.colony, doubts }
  const lines = problems.map((problem) => `  ${problem}`)
  throw new CpmError('COLONY_UNFIT', [`the colony ${client.colony} can’t run it:`, ...lines].join('\n'), {
    hint: 'cpm colony executors; cpm colony functions',
    details: { problems, doubts },
  })
}

function nodesOf(document: SpecDocument): readonly FunctionSpec[] {
  if (isRunnable(document)) return asWorkflow(document).functions
  return 'functions' in document ? document.functions : []
}

/** Tells what of a document the server takes and does not keep. */
function toldOfDropped({ emit }: Session, added: AddedDocument): AddedDocument {
  for (const path of added.dropped ?? [])
    emit({ type: 'warning', code: 'WORKFLOW_INVALID', message: `the server does not keep ${path} of ${added.name}` })
  return added
}

/** Tells what is accepted and may not work. */
function told({ emit }: Session, prepared: PreparedDocument): PreparedDocument {
  for (const warning of prepared.warnings)
    emit({ type: 'warning', code: 'WORKFLOW_INVALID', message: problemText(warning) })
  return prepared
}
