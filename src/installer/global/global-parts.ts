import type { CpmEvent } from '../../schema/events.ts'
import type { PendingOperation } from '../../schema/global-state.ts'
import type { PackageName } from '../../schema/name.ts'
import type { StagingArea } from '../../core/staging.ts'
import type { Installation } from '../installation.ts'
import type { Project } from '../project.ts'
import { CarriedProofs } from '../prove/carried-proofs.ts'
import type { GlobalHome } from './global-home.ts'

/** What a change of global packages works with. */
export interface GlobalParts {
  readonly home: GlobalHome
  /** for temporary files beside the roots */
  readonly staging: StagingArea
  /** what an installation in a root works with, except for the project (see `inRoot`) */
  readonly installation: Installation
  readonly now: () => Date
  /** the account that asks */
  readonly requestedBy: string
}

/** Returns what an installation in a root works with. */
export function inRoot({ installation }: GlobalParts, project: Project): Installation {
  return { ...installation, project, carried: new CarriedProofs([project]) }
}

/** Names an operation in messages. */
export function nameOfOperation(operation: PendingOperation['operation'], name: PackageName): string {
  return `the global packages (${operation} ${name})`
}

export function recovered({ operation, name, committed }: PendingOperation): CpmEvent {
  const outcome = committed ? 'finished' : 'undone'
  return { type: 'recovered', what: 'global', outcome, subject: nameOfOperation(operation, name) }
}
