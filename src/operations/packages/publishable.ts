import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import { type NamedSource, requireNoSecrets } from '../../package/prepare-upload.ts'
import type { Session } from '../session.ts'
import { requireSoundArchive } from './check-archive.ts'
import { requireSound, type SoundPackage } from './check-folder.ts'

interface PublishChecks {
  /** gitignore patterns of files to pack although they look like secrets */
  allow: readonly string[]
  /** whether to run the package's tests */
  test: boolean
}

/**
 * Checks that a package can be published: its files are sound and its tests pass. Another tool may have made an archive,
 * so its contents are checked in the same way.
 * @returns what to pack, or undefined for an archive
 * @throws CpmError MANIFEST_INVALID, PACK_REFUSED, ARCHIVE_TOO_LARGE, TESTS_FAILED
 */
export async function requirePublishable(
  session: Session,
  { source, isFolder }: NamedSource,
  { allow, test }: PublishChecks,
): Promise<SoundPackage | undefined> {
  if (!isFolder) {
    await requireNoSecrets(source, { pool: session.pool, allow })
    await requireSoundArchive(session, source, (sound, root) => runTests(session, sound, root, test))
    return undefined
  }
  const sound = await requireSound(session, source, { allow, uninstalled: 'warn' })
  await runTests(session, sound, source, test)
  return sound
}

/** Runs the tests of a package, or warns why they are not run. @throws CpmError TESTS_FAILED */
async function runTests(
  session: Session,
  { manifest, unchecked }: SoundPackage,
  root: string,
  test: boolean,
): Promise<void> {
  const { name, version } = manifest
  if (!['workflows', 'tests'].some((part) => isThere(path.join(root, part)))) return
  if (!test) warnUntested(session, `the tests of ${name}@${version} are not run (--no-test)`)
  else if (unchecked) warnUntested(session, `the tests of ${name}@${version} are not run: ${unchecked.message}`)
  else {
    const { testPackage, testsIn, USUAL_TESTS } = await import('./test-package.ts')
    const report = await testPackage(session, { root, manifest }, USUAL_TESTS)
    session.emit({ type: 'tested', name, version, tests: testsIn(report) })
  }
}

function warnUntested({ emit }: Session, message: string): void {
  emit({ type: 'warning', code: 'TESTS_SKIPPED', message })
}
