import { createHash } from 'node:crypto'
import type { ColonyFile, ColonySnapshot } from '../../../schema/colony/files.ts'
import { RPCS } from '../../../schema/colony/rpcs.ts'
import { CpmError } from '../../../core/errors.ts'
import { mapConcurrently } from '../../../core/concurrency.ts'
import type { ColonyClient } from '../client.ts'

import type { PlacedFile } from './layout.ts'
import { mismatch } from './label-contents.ts'

interface Pinned {
  readonly label: string
  readonly wanted: readonly PlacedFile[]
  /** revisions known to be correct, by id */
  readonly known: ReadonlyMap<string, PlacedFile>
}

const AT_ONCE = 8

/**
 * Creates or finds the snapshot of exactly these revisions. Revisions never change, so later writes under the label
 * don't affect a run that refers to the snapshot. The name depends on the revisions, so equal sets share a snapshot.
 * @returns its id
 * @throws CpmError COLONYFS_MISMATCH if another file was added in the meantime
 */
export async function pinLabel(client: ColonyClient, pinned: Pinned): Promise<string> {
  const { colony: colonyname } = client
  const ids = [...pinned.known.keys()].sort()
  const name = `cpm-${createHash('sha256').update(ids.join()).digest('hex')}`
  const find = () =>
    client.call(RPCS.getSnapshot, { colonyname, snapshotid: '', name }).catch((error: unknown) => {
      if (isRefused(error, /not found/)) return undefined
      throw error
    })
  const snapshot =
    (await find()) ??
    (await client.call(RPCS.createSnapshot, { colonyname, label: pinned.label, name }).catch(async (error: unknown) => {
      // Another submission has created it, or the answer to our request was lost.
      const made = await find().catch(() => undefined)
      if (made) return made
      throw error
    }))
  await requireTree(client, snapshot, pinned)
  return snapshot.snapshotid
}

async function requireTree(
  client: ColonyClient,
  snapshot: ColonySnapshot,
  { label, wanted, known }: Pinned,
): Promise<void> {
  const { colony: colonyname } = client
  const missing = new Set(wanted)
  const odd: string[] = []
  const [ours, others] = [
    snapshot.fileids.flatMap((id) => known.get(id) ?? []),
    snapshot.fileids.filter((id) => !known.has(id)),
  ]
  for (const file of ours) missing.delete(file)
  // Revisions of another cpm that uploaded the same tree at the same time.
  await mapConcurrently(others, AT_ONCE, async (fileid) => {
    const [revision] = await client.call(RPCS.getFile, { colonyname, fileid, label: '', name: '', latest: false })
    const file = revision && wanted.find((one) => isRevisionOf(revision, one))
    if (file && missing.has(file)) missing.delete(file)
    else odd.push(`${revision ? `${revision.label}/${revision.name}` : fileid} is not one of its files`)
  })
  for (const { label: folder, name } of missing) odd.push(`${folder}/${name} is not in its snapshot`)
  if (snapshot.label !== label) odd.push(`the snapshot is of ${snapshot.label}`)
  if (odd.length > 0) throw mismatch(label, odd)
}

/** Returns whether a revision is that file. The location of its bytes is checked elsewhere. */
export function isRevisionOf({ label, name, size, checksum, checksumalg, ref }: ColonyFile, file: PlacedFile): boolean {
  const { object, encryptionalg } = ref.s3object
  return (
    label === file.label &&
    name === file.name &&
    size === file.size &&
    checksum === file.sha256 &&
    checksumalg === 'SHA256' &&
    ref.protocol === 's3' &&
    object === file.object &&
    encryptionalg === ''
  )
}

function isRefused(error: unknown, what: RegExp): boolean {
  return error instanceof CpmError && error.code === 'COLONY_REFUSED' && what.test(error.message)
}
