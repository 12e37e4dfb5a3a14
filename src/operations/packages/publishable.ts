import path from 'node:path'
import { isThere } from '../../core/atomic-file.ts'
import type { NamedSource } from '../../package/prepare-upload.ts'
import type { Session } from '../session.ts'
import { requireSound, type SoundPackage } from './check-folder.ts'

interface PublishChecks {
  /** gitignore patterns of files to pack although they look like secrets */
  allow: readonly string[]
  /** whether to run the package's tests */
  test: boolean
}

/**
 * Checks that a package can be published: its folder is valid and its tests pass. An archive was checked when it was
 * packed.
 * @returns what to pack, or undefined for an archive
 * @throws CpmError MANIFEST_INVALID, PACK_REFUSED, ARCHIVE_TOO_LARGE, TESTS_FAILED
 */
export async function requirePublishable(
  session: Session,
  { source, isFolder, name }: NamedSource,
  { allow, test }: PublishChecks,
): Promise<SoundPackage | undefined> {
  if (!isFolder) {
    if (test) warnUntested(session, `${name} is already packed, so its tests are not run`)
    return undefined
  }
  const sound = await requireSound(session, source, { allow, uninstalled: 'warn' })
  const { version } = sound.manifest
  if (!['workflows', 'tests'].some((part) => isThere(path.join(source, part)))) return sound
  if (!test) warnUntested(session, `the tests of ${name}@${version} are not run (--no-test)`)
  else if (sound.unchecked)
    warnUntested(session, `the tests of ${name}@${version} are not run: ${sound.unchecked.message}`)
  else {
    const { testPackage, testsIn, USUAL_TESTS } = await import('./test-package.ts')
    const report = await testPackage(session, { root: source, manifest: sound.manifest }, USUAL_TESTS)
    session.emit({ type: 'tested', name, version, tests: testsIn(report) })
  }
  return sound
}

function warnUntested({ emit }: Session, message: string): void {
  emit({ type: 'warning', code: 'TESTS_SKIPPED', message })
}
