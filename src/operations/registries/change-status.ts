import type { StatusChange } from '../../schema/documents.ts'
import { CpmError } from '../../core/errors.ts'
import type { Session } from '../session.ts'
import { withRegistries } from './registries.ts'
import { requireWriter } from './registry-parts.ts'
import { parseRelease } from './release-argument.ts'

export interface StatusOptions {
  /** the version, as `name@1.2.0` */
  release: string
  /** a folder, a URL, or a name from the settings */
  registry?: string | undefined
  /** seconds to wait for another cpm */
  lockTimeout?: number | undefined
}

export interface YankOptions extends StatusOptions {
  /** why, for those who have it */
  reason?: string | undefined
}

export interface DeprecateOptions extends StatusOptions {
  /** why */
  reason?: string | undefined
  /** what to use instead */
  replacement?: string | undefined
  /** take the deprecation back */
  undo?: boolean
}

/** The status of a version after a change. */
export type StatusResult = Awaited<ReturnType<typeof changeStatus>>

/** Keeps a published version from new resolutions; locks that have it still get it. @throws CpmError PACKAGE_NOT_FOUND, AUTH_REQUIRED */
export async function yank(session: Session, { reason, ...options }: YankOptions): Promise<StatusResult> {
  return await changeStatus(session, { type: 'yank', ...(reason !== undefined && { reason }) }, options)
}

/** Lets a yanked version be chosen again. @throws as `yank` */
export async function unyank(session: Session, options: StatusOptions): Promise<StatusResult> {
  return await changeStatus(session, { type: 'unyank' }, options)
}

/** Warns those who install a version. @throws CpmError USAGE without a reason or a replacement; else as `yank` */
export async function deprecate(session: Session, options: DeprecateOptions): Promise<StatusResult> {
  const { reason, replacement, undo = false, ...others } = options
  if (undo === (reason !== undefined || replacement !== undefined))
    throw new CpmError('USAGE', 'a deprecation needs --reason or --replacement; --undo takes neither', {
      hint: 'cpm deprecate --help',
    })
  const change = {
    type: 'deprecate' as const,
    ...(reason !== undefined && { reason }),
    ...(replacement !== undefined && { replacement }),
  }
  return await changeStatus(session, change, others)
}

/** Says something of a published version in the registry its name belongs to. */
async function changeStatus(session: Session, change: StatusChange, { release, ...flags }: StatusOptions) {
  const { name, version } = parseRelease(release)
  return await withRegistries(session, flags, async (registries) => {
    const registry = await registries.of(name)
    const status = await requireWriter(registry).changeStatus({ name, version }, change)
    return { registry: registry.id, place: registry.label, name, version, ...status }
  })
}
