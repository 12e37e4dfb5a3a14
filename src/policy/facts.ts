import type { ReleaseStatus } from '../schema/documents.ts'
import type { KeyId } from '../schema/digest.ts'
import type { Release } from '../core/ports.ts'

/** Where a release comes from. */
export interface RegistryFacts {
  /** a folder, or a URL */
  readonly place: string
  readonly kind: 'folder' | 'server'
  /** whether it is on another machine */
  readonly isElsewhere: boolean
  /** if it is known */
  readonly id?: string | undefined
}

/** What is known about a release. A rule about an unknown fact finds nothing. */
export interface ReleaseFacts extends Release {
  readonly registry: RegistryFacts
  /** RFC 3339, as the registry says */
  readonly publishedAt?: string | undefined
  readonly status?: Pick<ReleaseStatus, 'yanked' | 'yankReason' | 'deprecated' | 'deprecationReason'> | undefined
  /** as its manifest declares it; null if it declares none */
  readonly license?: string | null | undefined
  /** whether one of the user's own keys signed it */
  readonly isOwn?: boolean
  /** the keys that signed it, if none of them was an owner when the locked version was published */
  readonly newSigners?: readonly KeyId[] | undefined
}
