import type { Emit } from '../schema/events.ts'
import type { Lock } from '../schema/lock.ts'
import type { PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'
import type { Chores } from '../core/chores.ts'
import type { Pool } from '../core/pool.ts'
import type { ArtifactSource, KnownNames, News, PackageSource } from '../core/ports.ts'
import type { ManifestChange, Selected } from './manifest-change.ts'
import type { InstallMode, PlacePlan, Plan } from './plan.ts'
import type { Places } from './places.ts'
import type { Policy } from './policy.ts'
import type { Project } from './project.ts'
import type { ReleaseRules } from './release-rules.ts'
import type { CarriedProofs } from './prove/carried-proofs.ts'
import type { Evidence } from './prove/evidence.ts'
import type { Selection } from './resolve-project.ts'
import type { SettledProjects } from './settled-project.ts'
import type { Store } from './store.ts'
import type { UndisturbedCommand } from './undisturbed.ts'

/** What an installation is about to do, or would do. */
export interface PlannedInstall {
  readonly lock: Lock
  /** the lock as it was; undefined if there was none */
  readonly before: Lock | undefined
  readonly plan: Plan
  readonly changedLock: boolean
  readonly dryRun: boolean
  /** whether all that is installed is proven, as `cpm ci` does */
  readonly proveAll: boolean
}

/** What an installation calls as it goes on. */
export interface InstallFollower {
  /** everything is in place and can still be undone; throws to undo it */
  applied(): Promise<void>
  /** the project is no longer locked; must not throw */
  final(): Promise<void>
}

/**
 * Called before an installation changes the project, when all packages are in the store (not in a dry run). Throws to
 * stop it.
 */
export type InstallHooks = (planned: PlannedInstall) => Promise<InstallFollower>

/** Everything an installation works with, assembled by the calling operation. */
export interface Installation extends Places {
  /** the project, or the root of the workspace */
  readonly project: Project
  readonly store: Store
  readonly evidence: Evidence
  /** the proofs that came with the project, or with the members of the workspace */
  readonly carried: CarriedProofs
  readonly policy: Policy
  readonly rules: ReleaseRules
  /** what earlier commands found out about the project */
  readonly settled: SettledProjects
  readonly pool: Pool
  /** what can wait until the pool is busy */
  readonly chores?: Chores | undefined
  /** contacted only for what is missing here, and for news about what is installed */
  readonly source: PackageSource & ArtifactSource & KnownNames
  readonly mode: InstallMode
  readonly cpmVersion: string
  readonly lockTimeout: number
  readonly emit: Emit
  /** undefined if no hook has a part in installations */
  readonly hooks?: InstallHooks | undefined
  readonly signal?: AbortSignal | undefined
  /** remembers what the command looked at before it found nothing to do (see src/installer/undisturbed.ts) */
  readonly noteUndisturbed: (command: UndisturbedCommand, report: InstallReport) => void
  /** removes temporary files of this process and of killed ones */
  readonly sweep: () => void
}

export interface InstallRequest {
  /** change to make to colony.yaml first */
  change?: ManifestChange | undefined
  /** the project or members whose colony.yaml it changes; by default the project */
  changeIn?: readonly Project[] | undefined
  /** those whose packages are installed; by default the project and all members */
  installIn?: readonly Project[] | undefined
  /** packages that may move to a newer version; all others keep their locked version if it still fits */
  mayUpgrade?: Selected | undefined
  /** settings for choosing versions; a lock that fits stays as it is */
  selection?: Selection
  /** refuse to change the lock */
  frozen?: boolean
  /**
   * prove all that is installed, too (`cpm ci`): every envelope, and every file that was written since it was last proven
   */
  proveAll?: boolean
  /** with `proveAll`, read every file, also those that were not written (`cpm ci --prove`) */
  rereadAll?: boolean | undefined
  dryRun?: boolean
}

export interface InstallReport {
  /** of all places together */
  readonly plan: Plan
  /** of the project, or of the root and each member */
  readonly places: readonly PlacePlan[]
  readonly lock: Lock
  readonly changedLock: boolean
  readonly unpacked: number
  /** the size of their archives */
  readonly unpackedBytes: number
  readonly dryRun: boolean
  /** direct dependencies that did not get the newest version in their range, if versions were chosen */
  readonly heldBack: ReadonlyMap<PackageName, Version>
  /** locked versions that were yanked or deprecated */
  readonly news: News
}
