import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { keepPrivate } from '../core/atomic-file.ts'
import { systemCode } from '../core/errors.ts'
import { type Home, homeAt } from '../core/home.ts'
import type { Session } from './session.ts'

/**
 * The same session for work that needs nothing of a home. Where the account has none, it is lent an empty one, which goes away with
 * the session.
 */
export function withLentHome<S extends Session>(session: S): S {
  let lent: Home | undefined
  return {
    ...session,
    home: (config) => (session.homeIfAny(config) ? session.home(config) : (lent ??= lendHome(session))),
  }
}

/**
 * The same session, with a place for runs that can be written: where the home can't be, or goes away with the session, a temporary one
 * that stays, which is said before anything runs.
 */
export async function withPlaceForRuns<S extends Session>(session: S): Promise<S> {
  const config = await session.config()
  const { runs, secrets, secretsKey } = session.home(config)
  const isLent = session.homeIfAny(config) === undefined
  if (!isLent && [runs, secrets, secretsKey].every(canBeWritten)) return session
  const root = temporaryFolder('cpm-runs')
  const elsewhere = homeAt(root)
  const places = { runs: elsewhere.runs, secrets: elsewhere.secrets, secretsKey: elsewhere.secretsKey }
  keepPrivate([places.runs, places.secrets])
  session.emit({
    type: 'warning',
    code: 'RUN_ELSEWHERE',
    message: isLent
      ? `there is no home to keep the run in, so it is kept in ${root}`
      : `${runs} can't be written, so the run is kept in ${root}`,
    hint: `CPM_HOME=${root} cpm workflow get shows it; to keep runs, set CPM_HOME to a folder that can be written`,
  })
  return { ...session, home: (settings) => ({ ...session.home(settings), ...places }) }
}

/** Whether a file or folder can be written, or made where it is missing. */
function canBeWritten(place: string): boolean {
  try {
    fs.accessSync(place, fs.constants.W_OK)
    return true
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') return false
    const parent = path.dirname(place)
    return parent !== place && canBeWritten(parent)
  }
}

function lendHome(session: Session): Home {
  const root = temporaryFolder('cpm-home')
  session.atEnd(() => fs.promises.rm(root, { recursive: true, force: true }))
  return homeAt(root)
}

/** A name that nobody can guess; the folder is made by the first who writes into it. */
function temporaryFolder(name: string): string {
  const folder = path.join(os.tmpdir(), `${name}-${randomBytes(8).toString('hex')}`)
  keepPrivate([folder])
  return folder
}
