import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { writeFileAtomic } from '../../core/atomic-file.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { findProject } from '../../installer/find-project.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import { isRelease } from '../../schema/lock.ts'
import type { Session } from '../session.ts'
import { listSettings } from '../settings.ts'
import { doctor, type DoctorOptions } from './doctor.ts'

export interface BugReportOptions extends Pick<DoctorOptions, 'node' | 'program'> {
  /** the file to write; it must not exist */
  output?: string | undefined
}

/**
 * Describes this machine for somebody who looks for a bug: versions, settings, what `doctor` finds without the network,
 * and the size of the lock. Secrets, passwords in URLs, names of packages and the paths of folders are left out.
 * @throws CpmError FILE_EXISTS
 */
export async function bugReport(session: Session, { output, ...options }: BugReportOptions) {
  const { checks } = await doctor(session, { ...options, offline: true })
  const lines = [
    `cpm ${session.cpmVersion}, Node ${options.node}, ${process.platform} ${os.arch()} ${os.release()}`,
    '',
    'Settings:',
    ...(await settingLines(session)),
    `environment: ${session.env.namesStartingWith('').filter(isOurs).join(', ') || 'none of our variables'}`,
    '',
    'Checks:',
    ...checks.map(({ check, status, message }) => `${status} ${check}: ${message}`),
    '',
    `Project: ${lockLine(session.cwd)}`,
  ]
  const report = redactor(session)(lines.map(printable).join('\n'))
  if (output === undefined) return { report, file: null }
  const file = path.resolve(session.cwd, output)
  if (fs.existsSync(file))
    throw new CpmError('FILE_EXISTS', `${file} already exists`, { hint: 'choose another file with -o' })
  writeFileAtomic(file, `${report}\n`, { mode: 0o600 })
  return { report, file }
}

async function settingLines(session: Session): Promise<string[]> {
  try {
    const { settings } = await listSettings({ ...session, emit: () => undefined })
    const lines = settings.map(
      ({ key, value, place, origin }) => `${key} = ${JSON.stringify(value)} (${origin}: ${place})`,
    )
    return lines.length === 0 ? ['none'] : lines
  } catch (error) {
    return [error instanceof CpmError ? `can't be read: ${error.code}` : "can't be read"]
  }
}

function isOurs(name: string): boolean {
  return /^(CPM_|COLONIES_|AWS_|NODE_)|^(https?|no)_proxy$|^CI$/i.test(name)
}

function lockLine(cwd: string): string {
  const project = findProject(cwd)
  if (!project) return 'none'
  try {
    const read = readProjectLock(project)
    if (read.kind !== 'lock') return 'without a lock'
    const entries = Object.values(read.lock.packages)
    const releases = entries.filter(isRelease)
    const registries = new Set(releases.map(({ registry }) => registry))
    const roots = Object.keys(read.lock.roots).length
    return `${releases.length} releases of ${registries.size} registries and ${entries.length - releases.length} folders, for ${roots} roots`
  } catch (error) {
    return error instanceof CpmError ? `its lock can't be read: ${error.code}` : "its lock can't be read"
  }
}

/** A shorter value is no secret, and would tear words apart. */
const SHORTEST = 6
const SECRET_NAME = /KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH/i

function homeFolder(env: EnvironmentVariables): string | undefined {
  try {
    return env.homeFolder()
  } catch {
    // The account has none.
    return undefined
  }
}

/** Returns a function that removes secrets, users and passwords in URLs, and the paths of folders of the user. */
function redactor(session: Session): (text: string) => string {
  const { env, cwd } = session
  const home = session.homeIfAny({})
  const places = [
    [home?.root, '$CPM_HOME'],
    [cwd, '.'],
    [homeFolder(env), '~'],
  ] as const
  const secrets = [...secretVariables(env), ...(home ? tokensIn(home.credentials) : [])]
  return (text) => {
    const bare = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
    const withoutUsers = bare.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"@]*@/gi, '$1***@')
    return places.reduce((rest, [place, name]) => {
      return place === undefined || place.length < 2 ? rest : rest.replaceAll(place, name)
    }, withoutUsers)
  }
}

function secretVariables(env: EnvironmentVariables): string[] {
  const names = env.namesStartingWith('').filter((name) => SECRET_NAME.test(name))
  return names.map((name) => env.get(name)?.trim() ?? '').filter((value) => value.length >= SHORTEST)
}

function tokensIn(file: string): string[] {
  try {
    return [...fs.readFileSync(file, 'utf8').matchAll(/"token"\s*:\s*"([^"]+)"/g)]
      .map(([, token = '']) => token)
      .filter((token) => token.length >= SHORTEST)
  } catch {
    return []
  }
}
