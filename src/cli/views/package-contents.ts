import type { LeftOut } from '../../package/files-to-pack.ts'
import { bytes } from '../../core/amounts.ts'

interface SizedFile {
  readonly path: string
  readonly size: number
}

/** The notable files of a package, to spot what does not belong there. */
export interface PackageContents {
  readonly leftOut: readonly LeftOut[]
  readonly largest: readonly SizedFile[]
}

const MOST_NAMES = 5

/** Lists the largest files, and the excluded ones by rule. */
export function contentLines({ leftOut, largest }: PackageContents): string[] {
  const sizes = largest.map(({ path, size }) => `${path} ${bytes(size)}`)
  const rules = [...new Set(leftOut.map(({ by }) => by))].map((rule) => {
    const paths = leftOut.flatMap(({ path, by }) => (by === rule ? [path] : []))
    return `${named(paths)} (${rule})`
  })
  return [
    ...(sizes.length > 0 ? [`  largest: ${sizes.join(', ')}`] : []),
    ...(rules.length > 0 ? [`  excluded ${leftOut.length}: ${rules.join('; ')}`] : []),
  ]
}

function named(paths: readonly string[]): string {
  const more = paths.length - MOST_NAMES
  return [...paths.slice(0, MOST_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
