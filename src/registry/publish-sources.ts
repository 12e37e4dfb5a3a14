import fs from 'node:fs'
import path from 'node:path'
import type { Emit } from '../schema/events.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import { CpmError, fileError } from '../core/errors.ts'
import { mapConcurrently, type Pool } from '../core/pool.ts'
import { closeStaging, createStaging } from '../core/staging.ts'
import { preAuthEncoding, type PackedContents, writeEnvelope, writeStatement } from '../package/envelope.ts'
import { PAYLOAD_TYPE } from '../schema/envelope.ts'
import type { SigningKey } from '../package/keys.ts'
import { DEFAULT_LIMITS } from '../package/limits.ts'
import { checkPackageManifest, MANIFEST_FILE, requireManifest } from '../package/manifest.ts'
import { firstOwnersRecord, ownersPayload, writeOwnersLine } from '../package/owners.ts'
import { packFolder } from '../package/pack-folder.ts'
import * as tasks from '../package/tasks.ts'
import { refusePathDependencies } from './admit.ts'
import { stagingFolder } from './layout.ts'
import { publish, type Published, type StagedPackage } from './publish.ts'

interface PublishSourcesOptions {
  pool: Pool
  registry: string
  key: SigningKey
  /** gitignore patterns of what may be packed although it looks like a secret */
  allow: readonly string[]
  lockTimeout: number
  now: Date
  emit: Emit
}

/** Packs folders, reads archives, signs them all and publishes them as one operation. */
export async function publishSources(sources: readonly string[], options: PublishSourcesOptions): Promise<Published[]> {
  const { pool, registry } = options
  const staging = createStaging(stagingFolder(registry))
  try {
    const staged = await mapConcurrently(sources, pool.parallel, (source, number) =>
      stage(source, number, staging, options),
    )
    return await publish(staged, { ...options, staging })
  } finally {
    closeStaging(staging)
  }
}

async function stage(
  source: string,
  number: number,
  staging: string,
  options: PublishSourcesOptions,
): Promise<StagedPackage> {
  const { pool, allow, key, emit } = options
  const file = `${number}.cpm`
  const archive = path.join(staging, file)
  const { manifest, contents } = isFolder(source)
    ? await packFolder(source, { pool, allow, output: archive })
    : await copyArchive(pool, source, archive)
  refusePathDependencies(manifest)
  const { name, version } = manifest
  const digests = await pool.run(tasks.digest, { file: archive })
  emit({ type: 'packed', name, version, files: contents.files, size: contents.size, archiveSize: digests.size })
  const payload = writeStatement(manifest, contents, digests)
  const owners = firstOwnersRecord(name, key.id)
  const messages = [preAuthEncoding(PAYLOAD_TYPE, payload), ownersPayload(owners)]
  const [sig, ownersSig] = await pool.run(tasks.sign, { messages, seed: key.seed })
  if (!sig || !ownersSig) throw new Error('the signing task gave no signature')
  return {
    file,
    envelope: writeEnvelope(payload, [{ keyid: key.id, sig }]),
    firstOwners: writeOwnersLine(owners, key.id, ownersSig),
    label: `${name}@${version}`,
  }
}

async function copyArchive(
  pool: Pool,
  source: string,
  target: string,
): Promise<{ manifest: PackageManifest; contents: PackedContents }> {
  try {
    fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL)
  } catch (error) {
    throw fileError(error, 'read', source)
  }
  const { contents, manifest: text } = await pool.run(tasks.inspect, { archive: target, limits: DEFAULT_LIMITS })
  if (text === null) throw new CpmError('ARCHIVE_INVALID', `${source} holds no ${MANIFEST_FILE}`)
  const { manifest } = requireManifest(
    checkPackageManifest(`${source}/${MANIFEST_FILE}`, text, { unknownKeys: 'refuse' }),
  )
  const { table: _table, ...measured } = contents
  return { manifest, contents: measured }
}

function isFolder(source: string): boolean {
  const stats = fs.statSync(source, { throwIfNoEntry: false })
  if (!stats) throw new CpmError('FILE_UNREADABLE', `there is no file or folder ${source}`)
  return stats.isDirectory()
}
