import fs from 'node:fs'
import path from 'node:path'
import { PAYLOAD_TYPE } from '../schema/envelope.ts'
import type { Home } from '../core/home.ts'
import type { Emit } from '../schema/events.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import { CpmError, fileError } from '../core/errors.ts'
import { statsIfThere } from '../core/atomic-file.ts'
import { mapConcurrently } from '../core/concurrency.ts'
import type { Pool } from '../core/pool.ts'
import type { Upload } from '../core/ports.ts'
import { preAuthEncoding, type PackedContents, writeEnvelope, writeStatement } from './signed-envelope.ts'
import type { SigningKey } from './keys.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { checkPackageManifest, packageNear, refusePathDependencies, requireManifest } from './manifest.ts'
import { MANIFEST_FILE } from './manifest-file.ts'
import { firstOwnersRecord, ownersPayload, writeOwnersLine } from './owners.ts'
import { packFolder, type PackPlan, planPack, readFolderManifest } from './pack-folder.ts'
import * as tasks from './tasks.ts'

interface PrepareOptions {
  pool: Pool
  key: SigningKey
  /** gitignore patterns of files that may be packed although they look like secrets */
  allow: readonly string[]
  /** cpm's own folders, which are never packed */
  home: Home
  emit: Emit
}

/** A folder or archive to publish, and the package found in it. */
export interface NamedSource {
  /** path of a folder or an archive */
  readonly source: string
  readonly isFolder: boolean
  readonly name: PackageName
  readonly manifest: PackageManifest
  /** the folder's pack plan if it is already known, because making one reads every file */
  readonly plan?: PackPlan | undefined
}

/**
 * Reads the names of the packages in folders and archives before anything is sent. A package's name decides its
 * registry.
 * @throws CpmError MANIFEST_INVALID, ARCHIVE_INVALID
 */
export async function nameSources(sources: readonly string[], pool: Pool): Promise<NamedSource[]> {
  return await mapConcurrently(sources, pool.parallel, async (source) => {
    const isOpen = isFolder(source)
    const manifest = isOpen ? readFolderManifest(source) : (await readArchiveManifest(pool, source)).manifest
    return { source, isFolder: isOpen, name: manifest.name, manifest }
  })
}

/**
 * Packs folders, reads archives, and signs all packages.
 * @param folder for the archives, whose names are numbers
 * @throws CpmError MANIFEST_INVALID, PACK_REFUSED, ARCHIVE_INVALID
 */
export async function prepareUploads(
  sources: readonly NamedSource[],
  folder: string,
  options: PrepareOptions,
): Promise<Upload[]> {
  return await mapConcurrently(sources, options.pool.parallel, (source, number) =>
    prepare(source, path.join(folder, `${number}.cpm`), options),
  )
}

async function prepare(
  { source, name: expected, plan }: NamedSource,
  archive: string,
  { key, emit, ...options }: PrepareOptions,
): Promise<Upload> {
  const { manifest, contents } = isFolder(source)
    ? await packSource(source, plan, archive, options)
    : await copyArchive(source, archive, options)
  refusePathDependencies(manifest)
  const { name, version } = manifest
  if (name !== expected)
    throw new CpmError(
      'MANIFEST_INVALID',
      `the package in ${source} was ${expected} when cpm started and is now ${name}`,
      {
        hint: 'run the command again',
      },
    )
  const { pool } = options
  const digests = await pool.run(tasks.digest, { file: archive })
  emit({ type: 'packed', name, version, files: contents.files, size: contents.size, archiveSize: digests.size })
  const payload = writeStatement(manifest, contents, digests)
  const owners = firstOwnersRecord(name, key.id)
  const messages = [preAuthEncoding(PAYLOAD_TYPE, payload), ownersPayload(owners)]
  const [sig, ownersSig] = await pool.run(tasks.sign, { messages, seed: key.seed })
  if (!sig || !ownersSig) throw new Error('the signing task returned no signature')
  return {
    name,
    version,
    file: path.basename(archive),
    envelope: writeEnvelope(payload, [{ keyid: key.id, sig }]),
    firstOwners: writeOwnersLine(owners, key.id, ownersSig),
  }
}

async function packSource(
  folder: string,
  known: PackPlan | undefined,
  output: string,
  { pool, allow, home }: Omit<PrepareOptions, 'key' | 'emit'>,
): Promise<{ manifest: PackageManifest; contents: PackedContents }> {
  const plan = known ?? (await planPack(folder, { pool, allow, home }))
  return { manifest: plan.manifest, contents: await packFolder(folder, plan, { pool, output }) }
}

async function copyArchive(
  source: string,
  target: string,
  { pool, allow }: Pick<PrepareOptions, 'pool' | 'allow'>,
): Promise<{ manifest: PackageManifest; contents: PackedContents }> {
  try {
    fs.copyFileSync(source, target, fs.constants.COPYFILE_EXCL)
  } catch (error) {
    throw fileError(error, 'read', source)
  }
  const read = await readArchiveManifest(pool, target, source)
  // What is sent is checked again: a secret can't be taken back.
  await requireNoSecrets(target, { pool, allow }, source)
  return read
}

/**
 * Refuses an archive with files that look like secrets.
 * @param label the archive's name in errors
 * @throws CpmError PACK_REFUSED
 */
export async function requireNoSecrets(
  archive: string,
  { pool, allow }: Pick<PrepareOptions, 'pool' | 'allow'>,
  label = archive,
): Promise<void> {
  const secrets = await pool.run(tasks.findSecrets, { archive, limits: DEFAULT_LIMITS, allow })
  if (secrets.length === 0) return
  throw new CpmError(
    'PACK_REFUSED',
    [`${label} can't be published:`, ...secrets.map((line) => `  ${line}`)].join('\n'),
    {
      hint: "pack it again without them; for a false alarm: --allow '<pattern>'",
      details: { files: secrets },
    },
  )
}

/** @param label the archive's name in errors */
async function readArchiveManifest(
  pool: Pool,
  archive: string,
  label = archive,
): Promise<{ manifest: PackageManifest; contents: PackedContents }> {
  const { contents, manifest: bytes } = await inspectNamed(pool, archive, label)
  if (bytes === null) throw new CpmError('ARCHIVE_INVALID', `${label} has no ${MANIFEST_FILE}`)
  const { manifest } = requireManifest(
    checkPackageManifest(`${label}/${MANIFEST_FILE}`, bytes, { unknownKeys: 'refuse' }),
  )
  const { table: _table, ...measured } = contents
  return { manifest, contents: measured }
}

/** Inspects an archive. Errors name its file, since a command may have several. */
async function inspectNamed(pool: Pool, archive: string, label: string) {
  try {
    return await pool.run(tasks.inspect, { archive, limits: DEFAULT_LIMITS })
  } catch (error) {
    if (!(error instanceof CpmError) || !error.code.startsWith('ARCHIVE_')) throw error
    const { code, message, hint, details } = error
    throw new CpmError(code, `${label}: ${message}`, { hint, details, cause: error })
  }
}

function isFolder(source: string): boolean {
  const stats = statsIfThere(source)
  if (!stats) throw new CpmError('FILE_UNREADABLE', `${source} does not exist${packageNear(source)}`)
  return stats.isDirectory()
}
