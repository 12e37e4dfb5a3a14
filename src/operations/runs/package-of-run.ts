import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { CpmError } from '../../core/errors.ts'
import { projectWith } from '../../installer/find-project.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { RunRecord } from '../../engines/runs/run-records.ts'
import { withLentHome } from '../lent-home.ts'
import { tellNewsOfRun } from '../packages/run-news.ts'
import type { Session } from '../session.ts'
import { ENGINES } from './engines.ts'
import { readPackage, requireProven } from '../packages/proven-package.ts'
import { shellPath } from '../../core/shell-word.ts'

interface PackageOfRun {
  root: string
  manifest: PackageManifest
  tree?: Tree
}

/** Returns the package of an earlier run. Proves it again if it was proven for that run. */
export async function packageOfRun(session: Session, record: RunRecord): Promise<PackageOfRun> {
  const { root, tree } = record.source
  const { name, version } = record.package
  const id = `${name}@${version}`
  const hint = `cpm submit ${whatToSubmit(record)}`
  if (!fs.existsSync(path.join(root, MANIFEST_FILE)))
    throw new CpmError('PACKAGE_NOT_FOUND', `${id}, which the run ${record.run} used, is no longer in ${root}`, {
      hint,
    })
  if (tree !== undefined) await requireProven(session, { root, tree, id, said: { name, version } })
  const manifest = readPackage(root, root)
  if (manifest.name !== name || manifest.version !== version)
    throw new CpmError('PACKAGE_NOT_FOUND', `${root} now contains ${manifest.name}@${manifest.version}, but the run ${record.run} used ${id}`, { hint }) // prettier-ignore
  return { root, manifest, ...(tree !== undefined && { tree }) }
}

/**
 * Warns about yanked or deprecated releases in a retry, like `cpm submit`. Says nothing if the package is no longer
 * where the earlier run found it: a colony does not need it there.
 */
export async function tellNewsOfRetry(session: Session, { source, package: of }: RunRecord): Promise<void> {
  const { root, tree, packages } = source
  if (packages === undefined || !fs.existsSync(path.join(root, MANIFEST_FILE))) return
  const manifest = readPackage(root, root)
  if (manifest.name !== of.name || manifest.version !== of.version) return
  const project = projectWith(packages)
  await tellNewsOfRun(withLentHome(session), { root, manifest, project, ...(tree !== undefined && { tree }) })
}

/** Returns the arguments of `cpm submit` that run the package of a run again: its name or folder, and the engine. */
export function whatToSubmit({ source, package: of, engine }: RunRecord): string {
  const what = source.tree === undefined ? shellPath(source.root) : of.name
  return `${what} ${ENGINES[engine].flag}`.trimEnd()
}
