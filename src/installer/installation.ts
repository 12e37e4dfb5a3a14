import type { Emit } from '../schema/events.ts'
import type { Lock } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { Pool } from '../core/pool.ts'
import type { ArtifactSource, KnownNames, News, PackageSource } from '../core/ports.ts'
import type { ManifestChange, Selected } from './manifest-change.ts'
import type { InstallMode, Plan } from './plan.ts'
import type { Policy } from './policy.ts'
import type { Project } from './project.ts'
import type { CarriedProofs } from './prove/carried-proofs.ts'
import type { Evidence } from './prove/evidence.ts'
import type { Selection } from './resolve-project.ts'
import type { Store } from './store.ts'

/** The parts an installation works with, put together by the operation that installs. */
export interface Installation {
  readonly project: Project
  readonly store: Store
  readonly evidence: Evidence
  /** what came with the project to prove it */
  readonly carried: CarriedProofs
  readonly policy: Policy
  readonly pool: Pool
  /** asked when something is needed for the first time: a project that is up to date needs no registry */
  readonly source: PackageSource & ArtifactSource & KnownNames
  readonly mode: InstallMode
  readonly cpmVersion: string
  readonly lockTimeout: number
  readonly emit: Emit
  readonly signal?: AbortSignal | undefined
  /** removes temporary files of this process and of killed ones */
  readonly sweep: () => void
}

export interface InstallRequest {
  /** changes colony.yaml first */
  change?: ManifestChange | undefined
  /** packages that may leave their locked version for a newer one; without it each stays that can */
  mayUpgrade?: Selected | undefined
  /** what has a say where versions are chosen; a lock that fits stays as it is */
  selection?: Selection
  /** refuse to change the lock */
  frozen?: boolean
  /** prove every store entry and envelope, also of what is there already (`cpm ci`) */
  proveAll?: boolean
  dryRun?: boolean
}

export interface InstallReport {
  readonly plan: Plan
  readonly lock: Lock
  readonly changedLock: boolean
  readonly unpacked: number
  readonly dryRun: boolean
  /** direct dependencies that did not get the newest version they ask for, where versions were chosen */
  readonly heldBack: ReadonlyMap<PackageName, Version>
  /** which locked versions were yanked or deprecated */
  readonly news: News
}
