import semver from 'semver'
import type { Version } from '../schema/version.ts'
import type { PackageIndex } from './index-file.ts'
import { statusOf } from './release-status.ts'

/**
 * Returns the version that represents a package: the newest that is neither yanked nor a pre-release; otherwise the
 * newest that is not yanked; otherwise the newest.
 */
export function newestVersion({ releases, statuses }: PackageIndex): Version | undefined {
  const newestFirst = [...releases.keys()].sort(semver.rcompare)
  const standing = newestFirst.filter((version) => !statusOf(statuses.get(version)).yanked)
  return standing.find((version) => semver.prerelease(version) === null) ?? standing[0] ?? newestFirst[0]
}
