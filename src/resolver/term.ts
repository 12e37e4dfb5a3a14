import type { Package } from './package.ts'
import { LEFT_OUT, type VersionSet } from './version-set.ts'

/**
 * A statement about one package: it is in one of these states. A positive term says that the package is installed in
 * one of some versions; a negative term says that it is not, which is also true if it is left out.
 */
export interface Term {
  readonly package: Package
  readonly versions: VersionSet
}

export function isPositive(term: Term): boolean {
  return !term.versions.has(LEFT_OUT)
}

/** Returns the term that is true if this one is false. */
export function negate(term: Term): Term {
  return { package: term.package, versions: term.versions.complement() }
}
