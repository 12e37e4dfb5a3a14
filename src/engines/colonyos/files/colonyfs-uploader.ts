import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { Emit } from '../../../schema/events.ts'
import type { ColonyFile } from '../../../schema/colony/files.ts'
import { RPCS } from '../../../schema/colony/rpcs.ts'
import type { ProvenFiles } from '../../../package/prove.ts'
import { CpmError, fileError } from '../../../core/errors.ts'
import { mapConcurrently } from '../../../core/concurrency.ts'
import { safeJoin } from '../../../core/safe-path.ts'
import type { ColonyClient } from '../client.ts'
import type { PackageIdentity, PayloadUploader, PlannedUpload, Upload } from '../payload.ts'

import { readLabel, requireComplete } from './label-contents.ts'
import { layout, type PlacedFile } from './layout.ts'
import type { S3Client } from './s3-client.ts'
import { isRevisionOf, pinLabel } from './snapshots.ts'

/** The files of a package on this machine, just verified against its tree. */
export interface PackageFiles extends ProvenFiles {
  readonly root: string
}

/** @throws CpmError PACKAGE_DAMAGED if they don't match the tree */
export type FindFiles = (of: PackageIdentity) => Promise<PackageFiles>

/** An upload with its files. */
export interface UploadPlan extends Upload {
  readonly files: PackageFiles
  readonly placed: readonly PlacedFile[]
}

interface UploaderOptions {
  client: ColonyClient
  s3: S3Client
  /** checks a package without sending anything */
  plan: (upload: Upload) => Promise<UploadPlan>
  emit: Emit
}

const AT_ONCE = 8
const CHUNK = 256 * 1024

/**
 * Checks a package before its upload, without sending anything.
 * @throws CpmError PACKAGE_DAMAGED, or WORKFLOW_INVALID for files that ColonyFS can't store
 */
export async function planUpload(upload: Upload, filesOf: FindFiles): Promise<UploadPlan> {
  const files = await filesOf(upload.package)
  return { ...upload, files, placed: layout(upload, files) }
}

/**
 * Uploads the files of a tree to ColonyFS (docs/colonyos.md, "ColonyFS"): first all bytes, then the references to them,
 * then a snapshot that pins the references. Each step skips what an earlier upload has done, so the next upload
 * finishes an interrupted one, and two at the same time do no harm.
 */
export class ColonyFsUploader implements PayloadUploader {
  readonly #options: UploaderOptions

  constructor(options: UploaderOptions) {
    this.#options = options
  }

  async plan(upload: Upload): Promise<PlannedUpload> {
    const plan = await this.#options.plan(upload)
    return { send: () => this.#send(plan) }
  }

  async #send({ label, package: of, files, placed }: UploadPlan): Promise<string> {
    const { client } = this.#options
    // Check the label before sending a byte, so that nothing unusable is left behind.
    const listed = await readLabel(client, label, placed)
    await this.#storeBytes(of, files, placed)
    const known = await this.#addFiles(placed, new Set(listed))
    await requireComplete(client, label, placed)
    return await pinLabel(client, { label, wanted: placed, known })
  }

  async #storeBytes(
    { name, version }: PackageIdentity,
    files: PackageFiles,
    wanted: readonly PlacedFile[],
  ): Promise<void> {
    const { s3, emit } = this.#options
    const objects = [...new Map(wanted.map((file) => [file.object, file])).values()]
    let done = 0
    await mapConcurrently(objects, AT_ONCE, async ({ object: key, size, sha256, md5, path }) => {
      const bytes = () =>
        path === undefined ? inPieces(Buffer.from(files.table)) : fileBytes(files.root, path, { size, sha256 })
      const stored = { key, size, sha256, md5, bytes }
      if (!(await s3.has(stored))) await s3.put(stored)
      emit({ type: 'uploaded', name, version, done: ++done, total: objects.length })
    })
  }

  /** Adds every file under its label, the table last. Returns the revisions by id. */
  async #addFiles(
    wanted: readonly PlacedFile[],
    listed: ReadonlySet<PlacedFile>,
  ): Promise<ReadonlyMap<string, PlacedFile>> {
    const known = new Map<string, PlacedFile>()
    const add = async (file: PlacedFile) => {
      const there = listed.has(file) ? await this.#usable(file) : undefined
      const { fileid } = there ?? (await this.#addFile(file))
      known.set(fileid, file)
    }
    await mapConcurrently(wanted.slice(0, -1), AT_ONCE, add)
    await mapConcurrently(wanted.slice(-1), 1, add)
    return known
  }

  /** Returns the newest revision if it matches the file and our S3 bucket. Otherwise it is replaced. */
  async #usable(file: PlacedFile): Promise<ColonyFile | undefined> {
    const { client, s3 } = this.#options
    const { label, name } = file
    const query = { colonyname: client.colony, fileid: '', label, name, latest: true }
    const [revision] = await client.call(RPCS.getFile, query)
    if (!revision || !isRevisionOf(revision, file)) return undefined
    const { server, tls, bucket } = revision.ref.s3object
    const { place } = s3
    return server === place.endpoint && tls === isTls(s3) && bucket === place.bucket ? revision : undefined
  }

  async #addFile(file: PlacedFile): Promise<ColonyFile> {
    const { client, s3 } = this.#options
    const { label, name, size, sha256, object } = file
    const { endpoint, region, bucket } = s3.place
    const s3object = {
      server: endpoint,
      port: -1,
      tls: isTls(s3),
      // Every member can read these fields, and executors have their own key: leave them empty.
      accesskey: '',
      secretkey: '',
      region,
      encryptionkey: '',
      encryptionalg: '',
      object,
      bucket,
    }
    const ref = { protocol: 's3', s3object }
    const added = { colonyname: client.colony, label, name, size, checksum: sha256, checksumalg: 'SHA256', ref }
    return await client.call(RPCS.addFile, { file: added })
  }
}

function isTls({ place }: S3Client): boolean {
  return place.url.protocol === 'https:'
}

/** Reads and verifies a file's bytes. The last chunk is only sent if the whole file is unchanged. */
async function* fileBytes(
  root: string,
  file: string,
  { size, sha256 }: Pick<PlacedFile, 'size' | 'sha256'>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let read = 0
  let held: Buffer | undefined
  try {
    const flags = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW
    const handle = await fs.promises.open(safeJoin(root, file), flags)
    for await (const chunk of handle.createReadStream({ highWaterMark: CHUNK })) {
      const piece = chunk as Buffer // no encoding is set
      if (held) yield held
      held = piece
      hash.update(piece)
      read += piece.length
    }
  } catch (error) {
    throw fileError(error, 'read', file)
  }
  if (read !== size || hash.digest('hex') !== sha256)
    throw new CpmError('PACKAGE_DAMAGED', `${file} was changed while it was being uploaded`, { hint: 'cpm ci' })
  if (held) yield held
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield await Promise.resolve(bytes.subarray(at, at + CHUNK))
}
