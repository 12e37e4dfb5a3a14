import { canLinkBeside } from '../core/lock-mark.ts'
import { projectLock } from './consistent-view.ts'
import type { Installation } from './installation.ts'
import type { InstallMode } from './plan.ts'

/**
 * Returns how packages can be placed in a project: as copies if its file system has no links. The caller holds the
 * project's lock.
 */
export function possibleMode({ project, mode, emit }: Installation): InstallMode {
  if (mode === 'copy' || canLinkBeside(`${projectLock(project)}.lock`)) return mode
  emit({
    type: 'warning',
    code: 'LINKS_UNSUPPORTED',
    message: `the file system of ${project.root} has no links, so packages are copied`,
    hint: "to always copy, write this into the project's .cpmrc: install: { mode: copy }",
  })
  return 'copy'
}
