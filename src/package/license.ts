import parse from 'spdx-expression-parse'
import type { PackageManifest } from '../schema/manifest.ts'

/**
 * Returns the licenses in an SPDX expression (SPDX 2.3, annex D), such as `MIT OR Apache-2.0`; undefined if the text is
 * not one.
 */
export function spdxLicenses(text: string): string[] | undefined {
  const expression = parsed(text)
  return expression && licensesIn(expression)
}

function licensesIn(expression: parse.Info): string[] {
  if ('license' in expression) return [expression.license]
  return [...new Set([...licensesIn(expression.left), ...licensesIn(expression.right)])]
}

/** Whether an expression only names licenses of the SPDX list, and none that a document would have to include. */
export function areListed(licenses: readonly string[]): boolean {
  return licenses.every((license) => !/^(?:LicenseRef|DocumentRef)-/.test(license))
}

/**
 * Whether a license is one of those allowed: of `A OR B` one must be, of `A AND B` both. Text that is not an SPDX
 * expression must be in the list as it is. An exception such as `GPL-2.0-only WITH Classpath-exception-2.0` only adds
 * permissions, so the license alone may be in the list too.
 */
export function isAllowed(text: string, allowed: readonly string[]): boolean {
  const list = new Set(allowed.map((each) => each.trim().toLowerCase()))
  const expression = parsed(text)
  if (!expression) return list.has(text.trim().toLowerCase())
  const isListed = ({ license, plus, exception }: parse.LicenseInfo) => {
    const spellings = [license, ...(plus === true ? [`${license}+`] : [])]
    const withException = exception === undefined ? [] : spellings.map((each) => `${each} WITH ${exception}`)
    return [...spellings, ...withException].some((each) => list.has(each.toLowerCase()))
  }
  const holds = (part: parse.Info): boolean => {
    if ('license' in part) return isListed(part)
    return part.conjunction === 'or' ? holds(part.left) || holds(part.right) : holds(part.left) && holds(part.right)
  }
  return holds(expression)
}

function parsed(text: string): parse.Info | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** Returns the license that a manifest declares; null if it declares none. */
export function declaredLicense(manifest: Pick<PackageManifest, 'license'> | undefined): string | null {
  const license = manifest?.license?.trim() ?? ''
  return license === '' ? null : license
}
