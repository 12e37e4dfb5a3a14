import { readLock } from '../../installer/lockfile.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { CpmError } from '../../core/errors.ts'
import { whyIn, type WhyOptions } from '../project/why.ts'
import type { Session } from '../session.ts'
import { type GlobalRoot, globalRoots } from './global-roots.ts'

/** Explains which global packages need a package, and why. @throws CpmError PACKAGE_NOT_FOUND */
export async function whyGlobal(session: Session, options: WhyOptions) {
  const roots = (await globalRoots(session)).filter((root) => has(root, options))
  if (roots.length === 0)
    throw new CpmError('PACKAGE_NOT_FOUND', `no global package needs ${options.name}`, { hint: 'cpm list -g' })
  const found: (Awaited<ReturnType<typeof whyIn>> & { root: Omit<GlobalRoot, 'project'> })[] = []
  for (const { project, ...root } of roots) found.push({ root, ...(await whyIn(session, project, options)) })
  return { name: options.name, roots: found }
}

function has({ project }: GlobalRoot, { name }: WhyOptions): boolean {
  const read = readLock(project.lockFile)
  return read.kind === 'lock' && lockedPackage(read.lock, name) !== undefined
}
