import { isPackageName } from '../../schema/name.ts'
import type { Tree } from '../../schema/digest.ts'
import { CpmError } from '../../core/errors.ts'
import type { Project } from '../../installer/project.ts'
import * as tasks from '../../package/tasks.ts'
import { openConnections } from '../../registry-client/agent.ts'
import {
  ColonyFsUploader,
  type FindFiles,
  planUpload,
  type UploadPlan,
} from '../../engines/colonyos/files/colonyfs-uploader.ts'
import { S3Client } from '../../engines/colonyos/files/s3-client.ts'
import type { S3Place } from '../../engines/colonyos/files/s3-place.ts'
import type { ColonyClient } from '../../engines/colonyos/client.ts'
import type { PackageIdentity, Upload } from '../../engines/colonyos/payload.ts'
import { count } from '../../core/amounts.ts'
import type { ColonyChoice } from './colony-choice.ts'
import type { Session } from '../session.ts'
import { requireInstalled } from '../packages/installed-package.ts'
import { findS3 } from './s3-choice.ts'

/** What would be uploaded to ColonyFS, for `--dry-run`. */
export interface PlannedLabel {
  readonly package: string
  readonly version: string
  readonly tree: string
  readonly label: string
  readonly files: number
  readonly bytes: number
  /** the S3 bucket; missing if none is configured */
  readonly s3?: string
}

/** The project whose packages are uploaded, and the context that selected the colony. */
interface UploadContext {
  project: Project
  context: ColonyChoice['context'] | undefined
}

/** Plans the uploads without contacting a server. */
export async function plannedLabels(
  session: Session,
  { project, context }: UploadContext,
  uploads: readonly Upload[],
): Promise<PlannedLabel[]> {
  if (uploads.length === 0) return []
  const place = await findS3(session, context)
  const planned: PlannedLabel[] = []
  for (const upload of uploads) {
    const { placed } = await plan(session, project, upload)
    const { name, version, tree } = upload.package
    const bytes = placed.reduce((sum, { size }) => sum + size, 0)
    const s3 = place && { s3: `${place.url.href}${place.bucket}` }
    planned.push({ package: name, version, tree, label: upload.label, files: placed.length, bytes, ...s3 })
  }
  return planned
}

/** Opens the S3 bucket for the files of a colony. @throws CpmError S3_NOT_CHOSEN before anything is sent */
export async function openUploader(
  session: Session,
  client: ColonyClient,
  { project, context }: UploadContext,
): Promise<ColonyFsUploader> {
  const place = await findS3(session, context)
  if (!place)
    throw new CpmError('S3_NOT_CHOSEN', 'the workflow uploads files to ColonyFS, and no S3 bucket is configured', {
      hint: 'set AWS_S3_ENDPOINT, AWS_S3_BUCKET, AWS_S3_ACCESSKEY and AWS_S3_SECRETKEY, or cpm context add --s3',
    })
  const { emit } = session
  return new ColonyFsUploader({
    client,
    s3: await openS3(session, client, place),
    plan: (upload) => plan(session, project, upload),
    emit,
  })
}

async function openS3(session: Session, client: ColonyClient, place: S3Place): Promise<S3Client> {
  const { network = {} } = await session.config()
  const { timeout } = client.wire
  const connections = openConnections(network, session.env, timeout)
  session.atEnd(() => connections.destroy(new Error('the command has ended')))
  return new S3Client({ place, dispatcher: connections.for(place.url), timeout, signal: session.signal })
}

async function plan(session: Session, project: Project, upload: Upload): Promise<UploadPlan> {
  const planned = await planUpload(upload, filesFrom(session, project))
  const { name, version } = upload.package
  const lost = planned.files.files.filter(({ executable }) => executable).map((file) => file.path)
  if (lost.length > 0)
    session.emit({
      type: 'warning',
      code: 'MODE_LOST',
      message: `ColonyFS does not keep file modes: ${shortened(lost)} of ${name}@${version} will not be executable there`,
      hint: 'start them with their interpreter, for example: node /cfs/cpm/{processid}/…',
    })
  return planned
}

const SHOWN = 3

function shortened(names: readonly string[]): string {
  const more = names.length - SHOWN
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${count(more, 'more file')}` : ''}`
}

/** Returns the files of a project's packages, each read and proven again. */
function filesFrom(session: Session, project: Project): FindFiles {
  return async ({ name, version, tree }: PackageIdentity) => {
    if (!isPackageName(name)) throw new CpmError('PACKAGE_NOT_FOUND', `${name} is not installed`)
    const { folder: root } = requireInstalled(project.root, name)
    // The lock, which has the digest, was checked when it was read.
    const proven = await session.pool.run(tasks.provenFiles, { root, tree: tree as Tree }, { signal: session.signal })
    if (proven) return { root, ...proven }
    throw new CpmError('PACKAGE_DAMAGED', `${name}@${version} does not match what was signed, so it is not uploaded`, {
      hint: 'cpm ci',
    })
  }
}
