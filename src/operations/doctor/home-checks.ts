import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { namesIn } from '../../core/atomic-file.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { fileError } from '../../core/errors.ts'
import type { Home } from '../../core/home.ts'
import { shellPath } from '../../core/shell-word.ts'
import { lockedVersions } from '../../installer/lockfile.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import type { Project } from '../../installer/project.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import { Store } from '../../installer/store.ts'
import { keyFromEnv, listKeys } from '../../package/keys.ts'
import { isRelease } from '../../schema/lock.ts'
import { failed, type Finding, ok, warning } from './finding.ts'

/** Checks that the home can be written, and only by its owner. */
export function checkHome({ root }: Home): Finding[] {
  const stats = fs.statSync(root, { throwIfNoEntry: false })
  if (stats && !stats.isDirectory())
    return [failed('home', `${root} is not a folder`, 'move it away, or set CPM_HOME to a folder')]
  requireWritable(stats ? root : nearestFolder(root))
  if (!stats) return [ok('home', `${root} does not exist yet; cpm creates it when it needs it`)]
  if (isOpenTo(stats, 0o022))
    return [failed('home', `${root} can be changed by other users of this machine`, `chmod go-w ${shellPath(root)}`)]
  return [ok('home', root)]
}

/** Checks that only their owner can read the files with secrets. */
export function checkSecrets(home: Home): Finding[] {
  const inFolder = (folder: string) => namesIn(folder).map((name) => path.join(folder, name))
  const files = [home.credentials, home.secretsKey, ...inFolder(home.colonyKeys)]
  const open = files.filter((file) => {
    const stats = fs.statSync(file, { throwIfNoEntry: false })
    return stats?.isFile() === true && isOpenTo(stats, 0o077)
  })
  if (open.length === 0) return [ok('secrets', 'only you can read your tokens and colony keys')]
  return open.map((file) =>
    failed('secrets', `${file} can be read by other users of this machine`, `chmod 600 ${shellPath(file)}`),
  )
}

/** Checks the signing keys. */
export function checkKeys({ keys }: Home, env: EnvironmentVariables): Finding[] {
  const given = keyFromEnv(env)
  if (given) return [ok('keys', `CPM_SIGNING_KEY has the key ${given.id.slice(0, 12)}`)]
  const [first, ...more] = listKeys(keys)
  if (!first) return [ok('keys', 'no signing key yet; cpm publish creates one')]
  return [ok('keys', `${first.id.slice(0, 12)} signs${more.length === 0 ? '' : `, and ${more.length} more`}`)]
}

/** Checks that the store can be written, and has what the project in this folder locks. */
export function checkStore(home: Home, project: Project | undefined): Finding[] {
  const folder = nearestFolder(home.store)
  requireWritable(folder)
  const store = new Store(home.store)
  const entries = namesIn(home.store).length === 0 ? 'empty' : home.store
  const read = project && readProjectLock(project)
  if (read?.kind !== 'lock') return [ok('store', entries === 'empty' ? `${home.store}, empty` : home.store)]
  const missing = [...lockedVersions(read).keys()].filter((name) => {
    const locked = lockedPackage(read.lock, name)
    return locked && isRelease(locked) && !store.has(locked.tree)
  })
  if (missing.length > 0)
    return [warning('store', `${missing.length} locked packages are not in the store, such as ${missing[0] ?? ''}`, 'cpm install')] // prettier-ignore
  const isElsewhere = fs.statSync(folder).dev !== fs.statSync(project?.root ?? folder).dev
  return [ok('store', `${home.store}${isElsewhere ? ', on another file system than the project' : ''}`)]
}

function isOpenTo({ mode }: fs.Stats, bits: number): boolean {
  return process.platform !== 'win32' && (mode & bits) !== 0
}

function nearestFolder(folder: string): string {
  return fs.existsSync(folder) || path.dirname(folder) === folder ? folder : nearestFolder(path.dirname(folder))
}

/** Writes and removes a file: permissions alone don't say whether a disk is full or read-only. */
function requireWritable(folder: string): void {
  const probe = path.join(folder, `.cpm-probe-${randomBytes(6).toString('hex')}`)
  try {
    fs.writeFileSync(probe, 'x', { flag: 'wx', mode: 0o600 })
    fs.rmSync(probe)
  } catch (error) {
    throw fileError(error, 'write to', folder)
  }
}
