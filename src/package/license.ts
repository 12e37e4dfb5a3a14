import parse from 'spdx-expression-parse'

/**
 * Returns the licenses in an SPDX expression (SPDX 2.3, annex D), such as `MIT OR Apache-2.0`; undefined if the text is
 * not one.
 */
export function spdxLicenses(text: string): string[] | undefined {
  try {
    return licensesIn(parse(text))
  } catch {
    return undefined
  }
}

function licensesIn(expression: parse.Info): string[] {
  if ('license' in expression) return [expression.license]
  return [...new Set([...licensesIn(expression.left), ...licensesIn(expression.right)])]
}

/** Whether an expression only names licenses of the SPDX list, and none that a document would have to include. */
export function areListed(licenses: readonly string[]): boolean {
  return licenses.every((license) => !/^(?:LicenseRef|DocumentRef)-/.test(license))
}
