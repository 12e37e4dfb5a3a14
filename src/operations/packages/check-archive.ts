import path from 'node:path'
import { withScratch } from '../../core/scratch.ts'
import type { EntryPath } from '../../package/entry-path.ts'
import { readFileTable } from '../../package/file-table.ts'
import type { PackList } from '../../package/files-to-pack.ts'
import { DEFAULT_LIMITS } from '../../package/limits.ts'
import * as tasks from '../../package/tasks.ts'
import type { Session } from '../session.ts'
import { checkContents, readManifest, requireSoundCheck, type SoundPackage } from './check-folder.ts'

/**
 * Checks the contents of an archive as `requireSound` checks a folder: another tool may have made it.
 * @param then gets the package and the folder that it was unpacked to, which is removed afterwards
 * @throws CpmError MANIFEST_INVALID with every error, ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export async function requireSoundArchive(
  session: Session,
  archive: string,
  then: (sound: SoundPackage, root: string) => Promise<void>,
): Promise<void> {
  await withScratch(async (scratch) => {
    const root = path.join(scratch, 'package')
    const { table } = await session.pool.run(tasks.unpack, { archive, limits: DEFAULT_LIMITS, target: root })
    const label = path.relative(session.cwd, archive)
    const check = await checkContents(session, {
      root,
      label,
      read: readManifest(root),
      list: filesIn(table),
      isPacked: true,
    })
    await then(requireSoundCheck(session, check, 'warn'), root)
  })
}

function filesIn(table: string): PackList {
  const rows = readFileTable(table) ?? []
  const files = rows.map(({ path: name, size, executable }) => ({
    ...{ path: name as EntryPath, size, executable },
    isMarkedExecutable: executable,
  }))
  return { files, leftOut: [] }
}
