import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { CpmError } from '../../core/errors.ts'
import { MANIFEST_FILE } from '../../package/manifest.ts'
import type { RunRecord } from '../../engines/runs/run-records.ts'
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

/** Returns the arguments of `cpm submit` that run the package of a run again: its name or folder, and the engine. */
export function whatToSubmit({ source, package: of, engine }: RunRecord): string {
  const what = source.tree === undefined ? shellPath(source.root) : of.name
  return `${what} ${ENGINES[engine].flag}`.trimEnd()
}
