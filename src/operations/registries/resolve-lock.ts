import { isRelease, type Lock } from '../../schema/lock.ts'
import type { ReleaseId } from '../../schema/documents.ts'
import type { ProjectManifest } from '../../schema/manifest.ts'
import { requirementPath } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'
import type { ArtifactSource, PackageSource } from '../../core/ports.ts'
import type { ResolveBounds, ResolvedLock } from '../../core/server-ports.ts'
import { NO_EVIDENCE } from '../../installer/prove/evidence.ts'
import { lockedVersions, writeLock } from '../../installer/lockfile.ts'
import { lockedPackage, releasesOf } from '../../installer/lock-entries.ts'
import { Policy } from '../../installer/policy.ts'
import { proveReleases } from '../../installer/prove/prove-releases.ts'
import { resolveProject, toLock } from '../../installer/resolve-project.ts'
import { soleRoot } from '../../installer/roots.ts'
import * as tasks from '../../installer/tasks.ts'
import type { Session } from '../session.ts'

/**
 * Makes the lock that `cpm install` would write for a manifest. A server does this for its clients, so only the given
 * texts count: the folders and the trusted keys of this machine have no effect.
 */
export async function resolveLock(
  { pool, cpmVersion }: Pick<Session, 'pool' | 'cpmVersion'>,
  manifestText: string,
  lockText: string | null,
  source: PackageSource & ArtifactSource,
  { signal, requirements, steps }: ResolveBounds,
): Promise<ResolvedLock> {
  const texts = { manifest: manifestText, lock: lockText }
  const { manifest, lock: read, fits } = await pool.run(tasks.readTexts, texts, { signal })
  refuseFolders(manifest)
  refuseTooMany(manifest, requirements)
  if (read.kind === 'lock' && fits) return await made(read.lock, read.text, source)

  const before = read.kind === 'lock' ? read.lock : undefined
  const resolved = await resolveProject(soleRoot(manifest), {
    root: '/',
    locked: lockedVersions(read),
    source,
    cpmVersion,
    emit: () => undefined,
    signal,
    budget: steps,
    // Finding fixes costs as much as many resolutions, and a client can do it itself.
    withFixes: false,
  })
  const wanted = [...resolved.solution.packages].map(([name, { version }]) => {
    const locked = before && lockedPackage(before, name)
    return { name, version, before: locked && isRelease(locked) ? locked : undefined }
  })
  const policy = new Policy({}, { schemaVersion: 1, trusted: [], distrusted: [] })
  const proven = await proveReleases(wanted, { pool, source, evidence: NO_EVIDENCE, policy })
  const lock = toLock(soleRoot(manifest), resolved, proven)
  return await made(lock, writeLock(lock), source)
}

async function made(lock: Lock, text: string, source: ArtifactSource): Promise<ResolvedLock> {
  const releases: ReleaseId[] = []
  for (const [name, { version, registry }] of releasesOf(lock))
    if (registry === (await source.registryOf(name))) releases.push({ name, version })
  return { lock: text, releases, omitted: lock.omitted }
}

/** Refuses folders: those of the client are not here, and those of this machine must not be exposed. */
function refuseFolders({ dependencies, devDependencies, overrides, workspace }: ProjectManifest): void {
  if (workspace)
    throw new CpmError('MANIFEST_INVALID', "the project is a workspace, whose members a registry can't see", {
      hint: 'resolve this project with cpm install',
    })
  const folder = [...dependencies, ...devDependencies, ...overrides].find(
    ({ requirement }) => requirementPath(requirement) !== null,
  )
  if (folder)
    throw new CpmError('MANIFEST_INVALID', `${folder.name} is a local folder, which a registry can't see`, {
      hint: 'resolve this project with cpm install',
    })
}

/** Refuses manifests that ask for too many packages. */
function refuseTooMany({ dependencies, devDependencies, overrides }: ProjectManifest, most: number): void {
  const count = dependencies.length + devDependencies.length + overrides.length
  if (count <= most) return
  throw new CpmError(
    'REQUEST_TOO_LARGE',
    `the manifest asks for ${count} packages; this registry resolves at most ${most}`,
    {
      hint: 'resolve this project with cpm install',
    },
  )
}
