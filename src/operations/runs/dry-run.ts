import { isRunnable, type SpecDocument } from '../../schema/specs/documents.ts'
import { wireDocument } from '../../engines/colonyos/add-document.ts'
import { serverUrl } from '../../engines/colonyos/server-address.ts'
import { wireWorkflow } from '../../engines/colonyos/wire-spec.ts'
import { type Upload, withPayload } from '../../engines/colonyos/payload.ts'
import { asWorkflow, type PreparedDocument } from '../../workflow/prepare.ts'
import type { ColonyChoice } from './colony-choice.ts'
import { type PlannedLabel, plannedLabels } from './colonyfs.ts'
import type { Session } from '../session.ts'
import { identities } from '../packages/package-identity.ts'
import type { FoundPackage } from '../packages/find-package.ts'

/** What would be sent, and where. */
export interface DryRun {
  readonly dryRun: true
  /** null if no colony is selected yet */
  readonly server: string | null
  readonly colony: string | null
  /** the id of the run; the next command uses another one */
  readonly run?: string
  readonly kind: SpecDocument['kind']
  /** what would first be uploaded to ColonyFS, unless it is already there */
  readonly uploads?: readonly PlannedLabel[]
  readonly sent: unknown
}

/** A placeholder until a colony is selected. */
export const NOT_SELECTED = '(the name of the colony)'

/** Shows what would be sent to a colony, selected or not, without contacting it and without its key. */
export async function showWhatIsSent(
  session: Session,
  { found, choice }: { found: FoundPackage; choice: ColonyChoice | undefined },
  { document, release, source }: PreparedDocument,
): Promise<DryRun> {
  const colony = choice?.colony ?? NOT_SELECTED
  const server = choice ? serverUrl(choice.server).href : null
  const place = { dryRun: true as const, server, colony: choice?.colony ?? null, kind: document.kind }
  const identityOf = await identities(session, found)
  const meant = { project: found.project, context: choice?.context }
  if (!isRunnable(document)) {
    const { spec, uploads } =
      'functions' in document ? withPayload(document, source.root, identityOf) : { spec: document, uploads: [] }
    return { ...place, ...(await uploadsShown(session, meant, uploads)), sent: wireDocument(spec, colony) }
  }
  const { spec, uploads } = withPayload(asWorkflow(document), source.root, identityOf)
  const { spec: sent } = wireWorkflow(spec, { colony, run: release })
  return { ...place, run: release, ...(await uploadsShown(session, meant, uploads)), sent }
}

async function uploadsShown(
  session: Session,
  meant: Parameters<typeof plannedLabels>[1],
  uploads: readonly Upload[],
): Promise<Pick<DryRun, 'uploads'>> {
  return uploads.length === 0 ? {} : { uploads: await plannedLabels(session, meant, uploads) }
}
