import semver from 'semver'
import { Failure } from '../failure.ts'
import { declare } from './declare.ts'

const MAX_LENGTH = 256

/** Versions and ranges, as in colony.yaml. */
export const SEMVER = declare({
  'semver.isValid(string): bool': (_, version: string) => semver.valid(version) !== null,
  'semver.compare(string, string): int': (spend, a: string, b: string) => {
    spend(100)
    return BigInt(semver.compare(versionOf(a), versionOf(b)))
  },
  'semver.satisfies(string, string): bool': (spend, version: string, range: string) => {
    spend(1000)
    return rangeOf(range).test(versionOf(version))
  },
  'semver.major(string): int': (_, version: string) => BigInt(versionOf(version).major),
  'semver.minor(string): int': (_, version: string) => BigInt(versionOf(version).minor),
  'semver.patch(string): int': (_, version: string) => BigInt(versionOf(version).patch),
})

function versionOf(text: string): semver.SemVer {
  const version = text.length > MAX_LENGTH ? null : semver.parse(text)
  if (!version) throw new Failure('the string is not a version such as 1.2.3')
  return version
}

function rangeOf(text: string): semver.Range {
  try {
    if (text.length > MAX_LENGTH) throw new TypeError('too long')
    return new semver.Range(text)
  } catch {
    throw new Failure('the string is not a version range such as ^1.2.0')
  }
}
