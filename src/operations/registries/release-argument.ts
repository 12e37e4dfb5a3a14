import { isPackageName, type PackageName } from '../../schema/name.ts'
import { isVersion, Range, type Version } from '../../schema/version.ts'
import { CpmError } from '../../core/errors.ts'

/** `name`, `name@rest`, `@org/name@rest`. @throws CpmError USAGE */
export function splitNameArgument(text: string): { name: PackageName; rest: string | undefined } {
  const at = text.indexOf('@', 1)
  const name = at < 0 ? text : text.slice(0, at)
  if (!isPackageName(name)) throw new CpmError('USAGE', `${JSON.stringify(name)} is not a package name`)
  return { name, rest: at < 0 ? undefined : text.slice(at + 1) }
}

/** `name` or `name@range`. @throws CpmError USAGE */
export function parseNameAndRange(text: string): { name: PackageName; range: string | undefined } {
  const { name, rest } = splitNameArgument(text)
  const range = rest === undefined ? undefined : Range.safeParse(rest)
  if (range?.success === false || range?.data === '')
    throw new CpmError('USAGE', `${JSON.stringify(text)}: write a version range after @, such as ${name}@^1.0.0`)
  return { name, range: range?.data }
}

/**
 * Parses several `name` or `name@range`. The same one may be repeated.
 * @throws CpmError USAGE, also if two of them ask for the same package differently
 */
export function parseNamesAndRanges(texts: readonly string[]): ReturnType<typeof parseNameAndRange>[] {
  const typed = new Map<PackageName, string>()
  return [...new Set(texts)].map((text) => {
    const parsed = parseNameAndRange(text)
    const other = typed.get(parsed.name)
    if (other !== undefined)
      throw new CpmError('USAGE', `${other} and ${text} are the same package`, { hint: 'leave out one of them' })
    typed.set(parsed.name, text)
    return parsed
  })
}

/** `name` or `name@1.2.3`. @throws CpmError USAGE */
export function parseMaybeRelease(text: string): { name: PackageName; version: Version | undefined } {
  const { name, rest } = splitNameArgument(text)
  if (rest !== undefined && !isVersion(rest))
    throw new CpmError('USAGE', `${JSON.stringify(rest)} is not a version`, { hint: `for example ${name}@1.2.0` })
  return { name, version: rest }
}

/** `name@1.2.3`. @throws CpmError USAGE */
export function parseRelease(text: string): { name: PackageName; version: Version } {
  const { name, version } = parseMaybeRelease(text)
  if (version === undefined)
    throw new CpmError('USAGE', `${name} needs a version`, { hint: `for example ${name}@1.2.0` })
  return { name, version }
}
