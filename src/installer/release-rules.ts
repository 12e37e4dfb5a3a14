import type { KeyId } from '../schema/digest.ts'
import type { Lock, LockedRelease } from '../schema/lock.ts'
import type { News, Release } from '../core/ports.ts'

/** A release that replaces a locked one, with those who signed it and those who could sign the locked one. */
export interface Replacement extends Release {
  readonly signers: readonly KeyId[]
  readonly ownersBefore: readonly KeyId[]
}

/**
 * The rules of the user, of their organization and of the project about packages. What is signed correctly may still be
 * refused. Each method throws if a rule refuses something.
 */
export interface ReleaseRules {
  /** Checks what a lock contains, whether it is new or was installed before. */
  checkLock(lock: Lock, news: News): Promise<void>
  /**
   * Checks what the manifests of packages say.
   * @param folderOf the unpacked package, if it is on this machine
   */
  checkManifests(lock: Lock, folderOf: (locked: LockedRelease) => string | undefined): Promise<void>
  checkReplacements(replacements: readonly Replacement[]): Promise<void>
  /** Which statuses of locked versions the user does not want to hear of. */
  unspoken(): Promise<ReadonlySet<'yanked' | 'deprecated'>>
  /** Whether what is allowed now may be refused later although nothing changes. */
  mayExpire(): boolean
}
