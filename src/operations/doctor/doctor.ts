import { findProject, rootFolder } from '../../installer/find-project.ts'
import type { Settings } from '../../core/config.ts'
import type { Session } from '../session.ts'
import { checked, failed, type Finding, ofError, skipped } from './finding.ts'
import { checkHome, checkKeys, checkSecrets, checkStore } from './home-checks.ts'
import { checkNode, checkPath } from './machine-checks.ts'
import { checkColony, checkProxies, checkRegistry } from './network-checks.ts'

export interface DoctorOptions {
  /** the version of Node that runs cpm, such as `v22.11.0` */
  node: string
  /** the file of the cpm that runs */
  program: string
  registry?: string | undefined
  /** ask nobody on the network */
  offline?: boolean
}

export interface Diagnosis {
  readonly checks: readonly Finding[]
  readonly failed: number
  readonly warnings: number
}

/** Checks everything on this machine and around it that cpm depends on. Changes nothing. */
export async function doctor(session: Session, options: DoctorOptions): Promise<Diagnosis> {
  const { env } = session
  const { registry, offline = false } = options
  const machine = [
    ...(await checked('node', () => checkNode(options.node))),
    ...(await checked('path', () => checkPath(env, options.program))),
  ]
  const rest = await withSettings(session, async (settings) => {
    const home = session.homeIfAny(settings)
    if (!home) {
      const hint = 'set CPM_HOME to a folder that cpm can use'
      return [failed('home', 'the account that runs cpm has no home folder, and CPM_HOME is not set', hint)]
    }
    const project = findProject(session.cwd)
    const found = await Promise.all([
      checked('home', () => checkHome(home)),
      checked('secrets', () => checkSecrets(home)),
      checked('keys', () => checkKeys(home, env)),
      checked('store', () => checkStore(home, project)),
      checked('proxies', () =>
        offline ? [skipped('proxies', 'offline')] : checkProxies(session, settings.network ?? {}),
      ),
      checked('registry', () => checkRegistry(session, settings, { registry, offline })),
      checked('colony', () => checkColony(session, settings, offline)),
    ])
    return found.flat()
  })
  const checks = [...machine, ...rest]
  const number = (status: Finding['status']) => checks.filter((finding) => finding.status === status).length
  return { checks, failed: number('failed'), warnings: number('warning') }
}

/** Without readable settings it is not known what else to check. */
async function withSettings(session: Session, then: (settings: Settings) => Promise<Finding[]>): Promise<Finding[]> {
  const project = findProject(session.cwd)
  let settings: Settings
  try {
    settings = await session.config(project && rootFolder(project))
  } catch (error) {
    const home = session.homeIfAny({})
    return [ofError('settings', error), ...(home ? await checked('home', () => checkHome(home)) : [])]
  }
  return [{ check: 'settings', status: 'ok', message: 'can be read' }, ...(await then(settings))]
}
