import { CpmError } from '../../core/errors.ts'
import { requireProject, rootFolder } from '../../installer/find-project.ts'
import { parseRelease } from '../registries/release-argument.ts'
import type { Session } from '../session.ts'
import { lookAtFiles } from './look-at.ts'
import { createInstallation, type InstallationFlags } from './installation.ts'
import { tellWhyNot, type WhyNot } from './obstacles.ts'
import { readSelection, type SelectionFlags } from './selection.ts'
import { shellWord } from '../../core/shell-word.ts'

export interface WhyNotOptions extends Omit<InstallationFlags, 'copy'>, SelectionFlags {
  /** the version, as `name@1.2.0` */
  release: string
}

/** Explains why the project in the session's folder does not have a version. @throws CpmError LOCK_OUTDATED */
export async function whyNot(session: Session, { release, ...flags }: WhyNotOptions): Promise<WhyNot> {
  const wanted = parseRelease(release)
  const project = requireProject(session.cwd)
  const { read, lock } = await lookAtFiles(session, project, flags)
  if (lock.kind === 'none') throw new CpmError('LOCK_OUTDATED', 'there is no colony.lock', { hint: 'cpm install' })
  const { source, cpmVersion, signal, sweep } = await createInstallation(session, project, flags)
  try {
    return await tellWhyNot(read, lock, wanted, {
      root: rootFolder(project),
      source,
      cpmVersion,
      signal,
      selection: readSelection(session.cwd, flags),
      repeated: repeated(flags),
      mayUpdate: flags.offline !== true,
    })
  } finally {
    sweep()
  }
}

/** Formats the options that affect resolution as they are typed. */
function repeated({ registry, offline, resolution, excludeNewer, target }: Omit<WhyNotOptions, 'release'>): string {
  const given = { registry, resolution, 'exclude-newer': excludeNewer, target }
  const texts = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [` --${name} ${shellWord(value)}`],
  )
  return [...texts, ...(offline ? [' --offline'] : [])].join('')
}
