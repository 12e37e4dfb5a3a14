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
  /** seconds to wait for another cpm process */
  lockTimeout?: number | undefined
}

export interface YankOptions extends StatusOptions {
  /** the reason, shown to users of the version */
  reason?: string | undefined
}

export interface DeprecateOptions extends StatusOptions {
  /** the reason, shown to users of the version */
  reason?: string | undefined
  /** what to use instead */
  replacement?: string | undefined
  /** undo the deprecation */
  undo?: boolean
}

/** The status of a version after a change. */
export type StatusResult = Awaited<ReturnType<typeof changeStatus>>

/**
 * Excludes a published version from new resolutions. Locks that have it can still install it.
 * @throws CpmError PACKAGE_NOT_FOUND, AUTH_REQUIRED
 */
export async function yank(session: Session, { reason, ...options }: YankOptions): Promise<StatusResult> {
  return await changeStatus(session, { type: 'yank', ...(reason !== undefined && { reason }) }, options)
}

/** Undoes a yank. @throws the errors of `yank` */
export async function unyank(session: Session, options: StatusOptions): Promise<StatusResult> {
  return await changeStatus(session, { type: 'unyank' }, options)
}

/**
 * Deprecates a version: cpm warns everyone who installs it.
 * @throws CpmError USAGE without a reason or a replacement; otherwise the errors of `yank`
 */
export async function deprecate(session: Session, options: DeprecateOptions): Promise<StatusResult> {
  const { reason, replacement, undo = false, ...others } = options
  if (undo === (reason !== undefined || replacement !== undefined))
    throw new CpmError('USAGE', 'pass --reason or --replacement, or --undo alone', {
      hint: 'cpm deprecate --help',
    })
  const change = {
    type: 'deprecate' as const,
    ...(reason !== undefined && { reason }),
    ...(replacement !== undefined && { replacement }),
  }
  return await changeStatus(session, change, others)
}

/** Changes the status of a version in the registry that its name belongs to. */
async function changeStatus(session: Session, change: StatusChange, { release, ...flags }: StatusOptions) {
  const { name, version } = parseRelease(release)
  return await withRegistries(session, flags, async (registries) => {
    const registry = await registries.of(name)
    const status = await requireWriter(registry).changeStatus({ name, version }, change)
    return { registry: registry.id, place: registry.label, name, version, ...status }
  })
}
