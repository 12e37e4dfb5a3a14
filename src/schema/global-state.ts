import { z } from 'zod'
import { PackageName } from './name.ts'
import { Version } from './version.ts'

/** A globally installed package. */
const GlobalPackage = z.strictObject({
  version: Version,
  /** the folder of its root */
  path: z.string(),
  /** the account that asked for it */
  requestedBy: z.string(),
  installedAt: z.iso.datetime(),
  /** names of its executables in `$CPM_HOME/bin` */
  executables: z.array(z.string().regex(/^[^./\\][^/\\]*$/)),
  /** the number of packages that were installed with it */
  dependencies: z.int().nonnegative(),
})
export type GlobalPackage = z.infer<typeof GlobalPackage>

/** An operation that has begun. The next one finishes it if `packages` has its result already, and undoes it if not. */
const PendingOperation = z.strictObject({
  operation: z.enum(['install', 'update', 'uninstall']),
  name: PackageName,
  /** the version before; null if it was not installed */
  from: Version.nullable(),
  /** the version after; null if it is uninstalled */
  to: Version.nullable(),
  startedAt: z.iso.datetime(),
  /** whether `packages` has its result */
  committed: z.boolean(),
})
export type PendingOperation = z.infer<typeof PendingOperation>

/** `$CPM_HOME/state.json`: the packages that are installed globally. */
export const GlobalState = z.strictObject({
  schemaVersion: z.literal(1),
  packages: z.record(PackageName, GlobalPackage),
  pending: z.array(PendingOperation),
  totals: z.strictObject({
    packages: z.int().nonnegative(),
    dependencies: z.int().nonnegative(),
    executables: z.int().nonnegative(),
  }),
})
export type GlobalState = z.infer<typeof GlobalState>
