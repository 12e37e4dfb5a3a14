import fs from 'node:fs'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { CpmError, fileError } from '../../core/errors.ts'
import { isThere, makeFolders } from '../../core/atomic-file.ts'
import { archiveFileName } from '../../package/signed-envelope.ts'
import { largestFiles } from '../../package/limits.ts'
import { packFolder } from '../../package/pack-folder.ts'
import * as tasks from '../../package/tasks.ts'
import type { Session } from '../session.ts'
import { requireSound } from './check-folder.ts'
import { shellPath } from '../../core/shell-word.ts'

export interface PackOptions {
  /** the folder of the package */
  dir?: string
  /** the archive to write; by default `name-version.cpm` in the session's folder */
  output?: string | undefined
  /** report what would be packed without writing anything */
  dryRun?: boolean
  /** gitignore patterns of files to pack although they look like secrets */
  allow?: readonly string[]
}

/** What was packed, or would be. */
export type PackResult = Awaited<ReturnType<typeof pack>>

/** Makes the archive of a package. @throws CpmError MANIFEST_INVALID, PACK_REFUSED, ARCHIVE_TOO_LARGE, FILE_EXISTS */
export async function pack(session: Session, { dir = '.', output, dryRun = false, allow = [] }: PackOptions = {}) {
  const { cwd, pool } = session
  const folder = path.resolve(cwd, dir)
  const sound = await requireSound(session, folder, { allow, uninstalled: 'warn' })
  const { manifest, files, leftOut } = sound
  const { name, version } = manifest
  const archive = path.resolve(cwd, output ?? archiveFileName(manifest))
  const planned = {
    ...{ name, version, archive, dryRun, leftOut },
    files: files.map((file) => file.path),
    largest: largestFiles(files),
  }
  if (dryRun) return planned
  if (isThere(archive))
    throw new CpmError('FILE_EXISTS', `${archive} already exists`, { hint: `rm ${shellPath(archive)}` })
  const temporary = `${archive}.${randomUUID()}.tmp`
  try {
    makeFolders(path.dirname(archive))
    const contents = await packFolder(folder, sound, { pool, output: temporary })
    const digests = await pool.run(tasks.digest, { file: temporary })
    fs.renameSync(temporary, archive)
    const { tree, size, tar } = contents
    return { ...planned, tree, size, tar, digests }
  } catch (error) {
    throw fileError(error, 'write', archive)
  } finally {
    // The cause would be lost if this failed too, as it does below a plain file.
    if (isThere(temporary)) fs.rmSync(temporary, { force: true })
  }
}
