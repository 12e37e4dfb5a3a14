import { RPCS } from '../../../schema/colony/rpcs.ts'
import { CpmError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import type { ColonyClient } from '../client.ts'
import type { PlacedFile } from './layout.ts'

/**
 * Finds the files of a tree that are already listed under its label and below.
 * @throws CpmError COLONYFS_MISMATCH if anything else is listed, because any member can write there
 */
export async function readLabel(
  client: ColonyClient,
  label: string,
  wanted: readonly PlacedFile[],
): Promise<readonly PlacedFile[]> {
  const { colony: colonyname } = client
  const byPath = new Map(wanted.map((file) => [`${file.label}/${file.name}`, file]))
  const there = await client.call(RPCS.getFileLabels, { colonyname, name: label, exact: false })
  const listed: PlacedFile[] = []
  const odd: string[] = []
  for (const { name: folder } of there.filter(({ name }) => name === label || name.startsWith(`${label}/`))) {
    for (const { name, checksum, size, s3filename } of await client.call(RPCS.getFiles, {
      colonyname,
      label: folder,
    })) {
      const file = byPath.get(`${folder}/${name}`)
      if (!file) odd.push(`${folder}/${name} is not one of its files`)
      else if (checksum !== file.sha256 || size !== file.size || s3filename !== file.object)
        odd.push(`${folder}/${name} has different content`)
      else listed.push(file)
    }
  }
  if (odd.length > 0) throw mismatch(label, odd)
  return listed
}

/** @throws CpmError COLONYFS_MISMATCH if a file is missing or something else is there */
export async function requireComplete(
  client: ColonyClient,
  label: string,
  wanted: readonly PlacedFile[],
): Promise<void> {
  const listed = new Set(await readLabel(client, label, wanted))
  const missing = wanted.filter((file) => !listed.has(file))
  if (missing.length > 0)
    throw mismatch(
      label,
      missing.map(({ label: folder, name }) => `${folder}/${name} is missing`),
    )
}

const SHOWN = 5

export function mismatch(label: string, odd: readonly string[]): CpmError {
  const shown = odd.slice(0, SHOWN).map((text) => `  ${printable(text)}`)
  const more = odd.length > SHOWN ? [`  and ${odd.length - SHOWN} more`] : []
  return new CpmError(
    'COLONYFS_MISMATCH',
    [`the files in ColonyFS under ${label} don't match the tree, so nothing was submitted:`, ...shown, ...more].join(
      '\n',
    ),
    { hint: `colonies fs label remove --label ${label}, then submit again`, details: { label, odd } },
  )
}
