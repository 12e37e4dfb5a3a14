import type { PackageName } from '../../schema/name.ts'
import { chooseUpdate } from '../../installer/global/choose-changes.ts'
import type { InstallationFlags } from '../project/installation.ts'
import { readSelection, type SelectionFlags } from '../project/selection.ts'
import type { Session } from '../session.ts'
import { applyGlobal, type GlobalResult } from './change.ts'
import { createGlobalParts } from './global-parts.ts'

export interface UpdateGloballyOptions extends InstallationFlags, SelectionFlags {
  /** global packages to update; by default all */
  names?: readonly PackageName[]
  /** ignore the ranges that were asked for, and change them */
  latest?: boolean
  /** plan without changing anything */
  dryRun?: boolean
}

/**
 * Updates global packages and their dependencies.
 * @throws CpmError PACKAGE_NOT_FOUND for a package that is not installed globally; otherwise those of `installGlobally`
 */
export async function updateGlobally(session: Session, options: UpdateGloballyOptions = {}): Promise<GlobalResult> {
  const { names = [], latest = false, dryRun = false, ...flags } = options
  const selection = readSelection(session.cwd, flags)
  const parts = await createGlobalParts(session, flags)
  return await applyGlobal(session, parts, {
    dryRun,
    choose: (installed) => chooseUpdate(parts, installed, { names, latest, selection, dryRun }),
  })
}
