import { CpmError } from '../../core/errors.ts'
import { verifyProject, type VerifyOptions } from '../project/verify.ts'
import type { Session } from '../session.ts'
import { type GlobalRoot, globalRoots } from './global-roots.ts'

/**
 * Proves every file of the global packages and their dependencies against their locks and the signatures.
 * @throws CpmError with everything that was found; the code is that of the first package with a finding
 */
export async function verifyGlobal(session: Session, flags: VerifyOptions = {}) {
  const verified: (Awaited<ReturnType<typeof verifyProject>> & Omit<GlobalRoot, 'project'>)[] = []
  const failed: { name: string; error: CpmError }[] = []
  for (const { project, ...root } of await globalRoots(session)) {
    try {
      verified.push({ ...root, ...(await verifyProject(session, project, flags)) })
    } catch (error) {
      if (!(error instanceof CpmError)) throw error
      failed.push({ name: root.name, error })
    }
  }
  const [first] = failed
  if (first) {
    const { code } = first.error
    const message = failed.map(({ name, error }) => `global package ${name}: ${error.message}`).join('\n')
    const details = { failed: failed.map(({ name, error }) => ({ name, error: error.toJSON() })) }
    throw new CpmError(code, message, { hint: 'cpm install -g', details, cause: first.error })
  }
  const sum = (of: (root: (typeof verified)[number]) => number) => verified.reduce((total, root) => total + of(root), 0)
  return {
    packages: sum(({ packages }) => packages),
    files: sum(({ files }) => files),
    unproven: verified.flatMap(({ unproven }) => unproven),
    roots: verified,
  }
}
