import type { PackageManifest } from '../../schema/manifest.ts'
import type { PackageName } from '../../schema/name.ts'
import { installOrder } from '../../resolver/install-order.ts'

/** A member of a workspace that can be published: it has a name and a version. */
export interface PublishableMember {
  /** its path in the workspace, or `.` for the root */
  readonly path: string
  readonly folder: string
  readonly manifest: PackageManifest
}

/**
 * Sorts members so that each comes after those that it depends on, as far as there are no cycles. Dev dependencies don't
 * count: they never reach consumers.
 */
export function inDependencyOrder(members: readonly PublishableMember[]): PublishableMember[] {
  const byName = new Map(members.map((member) => [member.manifest.name, member]))
  const packages = new Map(
    members.map(({ manifest: { name, version, dependencies } }) => [name, { version, dependencies }]),
  )
  const order = installOrder({ packages }).flatMap(({ names }) => names)
  return order.flatMap((name) => byName.get(name) ?? [])
}

/** Divides sorted members into runs that belong to one registry each. */
export function inBatches<T extends { readonly name: PackageName }>(
  members: readonly T[],
  placeOf: (name: PackageName) => string,
): T[][] {
  const batches: { place: string; batch: T[] }[] = []
  for (const member of members) {
    const place = placeOf(member.name)
    const last = batches.at(-1)
    if (last?.place === place) last.batch.push(member)
    else batches.push({ place, batch: [member] })
  }
  return batches.map(({ batch }) => batch)
}
