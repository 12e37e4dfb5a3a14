import type { AddedDocument } from '../../engines/colonyos/add-document.ts'
import type { RunSnapshot } from '../../engines/runs/snapshot.ts'
import type { ValueOverrides } from '../../workflow/values/value-overrides.ts'
import type { FoundPackage } from '../packages/find-package.ts'
import type { DryRun } from './dry-run.ts'
import type { LocalDryRun } from './local-dry-run.ts'

/** The options of a submission that engines need. */
export interface SubmissionOptions {
  workflow?: string | undefined
  context?: string | undefined
  run?: string | undefined
  wait?: boolean
  logs?: boolean
  timeout?: number | undefined
  dryRun?: boolean
  dropUnknownKeys?: boolean
  checkColony?: boolean
}

/** A package that was found and proven, with values for its inputs. */
export interface Submission {
  readonly found: FoundPackage
  readonly overrides: ValueOverrides
  readonly options: SubmissionOptions
}

/** A colony that can run the workflow. */
export interface FitColony {
  readonly fit: true
  readonly colony: string
  readonly doubts: readonly string[]
}

/** The result of a submission. */
export type Submitted =
  LocalDryRun | DryRun | FitColony | ({ readonly colony: string } & { readonly added: AddedDocument }) | RunSnapshot
