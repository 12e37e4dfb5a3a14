import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { keepPrivate } from '../core/atomic-file.ts'
import { systemCode } from '../core/errors.ts'
import { type Home, homeAt } from '../core/home.ts'
import type { Session } from './session.ts'
import { shellPath } from '../core/shell-word.ts'

/**
 * Returns the session for work that needs nothing from a home. An account without a home gets an empty temporary one,
 * which is removed at the end of the session.
 */
export function withLentHome<S extends Session>(session: S): S {
  let lent: Home | undefined
  return {
    ...session,
    home: (config) => (session.homeIfAny(config) ? session.home(config) : (lent ??= lendHome(session))),
  }
}

/**
 * Returns the session with a writable place for runs. If the home is temporary or not writable, runs go to a temporary
 * folder that is kept, and a warning names it before anything runs.
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
      ? `cpm has no home folder, so the run is kept in ${root}`
      : `${runs} is not writable, so the run is kept in ${root}`,
    hint: `CPM_HOME=${shellPath(root)} cpm workflow get shows it; to keep runs, set CPM_HOME to a writable folder`,
  })
  return { ...session, home: (settings) => ({ ...session.home(settings), ...places }) }
}

/** Returns whether a file or folder is writable, or can be created. */
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

/** Returns an unguessable path. The first write into the folder creates it. */
function temporaryFolder(name: string): string {
  const folder = path.join(os.tmpdir(), `${name}-${randomBytes(8).toString('hex')}`)
  keepPrivate([folder])
  return folder
}
