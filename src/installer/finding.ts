import type { Version } from '../schema/version.ts'
import type { FileFinding } from '../package/prove.ts'

/** One thing that is not as the lock promises. */
export interface Finding {
  readonly name: string
  readonly version?: Version
  /** what is wrong with the package as a whole; undefined when single files are */
  readonly problem?: string
  readonly files?: readonly FileFinding[]
  /** the lock can't be proven: nothing that is installed is at fault */
  readonly ofLock?: boolean
  /** what would prove it is not here: neither the lock nor what is installed is at fault */
  readonly unchecked?: boolean
  /** it is what its owners signed, but the user’s settings refuse it */
  readonly ofPolicy?: boolean
}
