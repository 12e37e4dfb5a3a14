import fs from 'node:fs'
import path from 'node:path'
import type { Tree } from '../../schema/digest.ts'
import { isRelease, type LockedRelease } from '../../schema/lock.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import { isPackageName, type PackageName } from '../../schema/name.ts'
import { CpmError } from '../../core/errors.ts'
import { verdictOf } from '../../installer/finding.ts'
import { reserveInstalled } from '../../installer/keep/reserve.ts'
import { warnOfCarried } from '../../installer/prove/carry-proofs.ts'
import { proveLock } from '../../installer/prove/prove-lock.ts'
import { lockedPackage } from '../../installer/lock-entries.ts'
import { projectWith } from '../../installer/find-project.ts'
import { PACKAGES_FOLDER, type Project } from '../../installer/project.ts'
import { readProjectLock } from '../../installer/project-lock.ts'
import { contradictions, saidByLock } from '../../installer/prove/prove-manifests.ts'
import { Store } from '../../installer/store.ts'
import { checkPackageManifest, readManifestBytes, requireManifest } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { SaidOfManifest } from '../../package/signed-manifest.ts'
import * as tasks from '../../package/tasks.ts'
import { findPackages, type PackageFolder } from '../../workflow/templates/package-sources.ts'
import { createInstallation } from '../project/installation.ts'
import { lookAt } from '../project/look-at.ts'
import type { Session } from '../session.ts'

interface ToProve {
  root: string
  tree: Tree
  id: string
  /** what the owner signed about its manifest, as far as it is known here */
  said: SaidOfManifest
}

/**
 * Checks the files of a package against its tree, and its manifest against what was signed.
 * @throws CpmError PACKAGE_DAMAGED, ENVELOPE_INVALID
 */
export async function requireProven(session: Session, { root, tree, id, said }: ToProve): Promise<void> {
  const store = new Store(session.home(await session.config()).store)
  const input = { root, tree, tableFile: store.tableFile(tree) }
  const { proof } = await session.pool.run(tasks.proveTree, input, { signal: session.signal })
  if (!proof.proven)
    throw new CpmError('PACKAGE_DAMAGED', `${id} does not match what was signed, so it is not run`, { hint: 'cpm ci' })
  const [contradiction] = await contradictions([{ label: id, root, said }], session)
  if (contradiction) throw contradiction
}

interface LockedHere {
  project: Project
  name: PackageName
  locked: LockedRelease
  /** its folder, with links resolved */
  root: string
}

/**
 * Proves a locked release as `cpm verify` does: the lock against the stored envelope, then the files against the lock.
 * @returns `unproven` says why the signature could not be checked, if evidence is missing but nothing is wrong
 * @throws CpmError PACKAGE_DAMAGED, PROOF_DAMAGED, POLICY_REFUSED, ENVELOPE_INVALID
 */
export async function proveLocked(session: Session, { project, name, locked, root }: LockedHere): Promise<Proved> {
  const installation = await createInstallation(session, project, {})
  await reserveInstalled([locked.tree], installation)
  const proof = await proveLock([[name, locked]], installation)
  installation.sweep()
  const id = `${name}@${locked.version}`
  const [finding] = proof.findings
  if (finding && finding.unchecked !== true) {
    const { code, hint } = verdictOf(proof.findings)
    throw new CpmError(code, `${id} is not run: ${finding.problem ?? ''}`, { hint, details: { findings: [finding] } })
  }
  await requireProven(session, { root, tree: locked.tree, id, said: proof.said.get(name) ?? saidByLock(name, locked) })
  return { name, id, carried: proof.carried.length > 0, unproven: finding?.problem }
}

/** The result of proving a release. */
export interface Proved {
  readonly name: PackageName
  readonly id: string
  /** whether evidence that came with the project proved it */
  readonly carried: boolean
  /** why its signature could not be checked */
  readonly unproven: string | undefined
}

/** Warns about releases that could not be fully checked. */
function warnOfProofs(proved: readonly Proved[], project: Project, { emit }: Pick<Session, 'emit'>): void {
  for (const { id, unproven } of proved)
    if (unproven !== undefined)
      emit({ type: 'warning', code: 'PROOF_MISSING', message: `${id} matches colony.lock, but ${unproven}` })
  const carried = proved.filter((proof) => proof.carried).map(({ name }) => name)
  warnOfCarried(carried, project, emit)
}

/**
 * Proves the packages whose workflows a package includes: their templates are submitted with it, and the local engine
 * runs their programs. Warns about what could not be checked in them and in the package itself.
 * @throws CpmError PACKAGE_DAMAGED
 */
export async function proveIncluded(
  session: Session,
  main: PackageFolder & { readonly proved?: Proved },
  packages = path.join(main.root, PACKAGES_FOLDER),
): Promise<void> {
  const { included } = findPackages(main, packages)
  const project = projectWith(packages)
  const proved = included.size > 0 ? await lookAt(session, project, () => proveByLock(session, project, included)) : []
  warnOfProofs([...(main.proved ? [main.proved] : []), ...proved], project, session)
}

async function proveByLock(
  session: Session,
  project: Project,
  included: ReturnType<typeof findPackages>['included'],
): Promise<Proved[]> {
  const read = readProjectLock(project)
  const lock = read.kind === 'lock' ? read.lock : undefined
  const proofs = [...included].flatMap(([name, { root }]) => {
    const locked = lock && isPackageName(name) ? lockedPackage(lock, name) : undefined
    if (!locked || !isRelease(locked) || !isPackageName(name)) return []
    return [proveLocked(session, { project, name, locked, root: fs.realpathSync(root) })]
  })
  return await Promise.all(proofs)
}

/** Reads the manifest of a package. @param label the name of the folder in errors */
export function readPackage(folder: string, label: string): PackageManifest {
  return requireManifest(
    checkPackageManifest(path.join(label, MANIFEST_FILE), readManifestBytes(folder), { unknownKeys: 'tolerate' }),
    path.resolve(folder, path.relative(label, '')),
  ).manifest
}
