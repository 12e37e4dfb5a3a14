import type { Failure } from './failure.ts'
export function explain(failure: Failure): string { return String(failure.incompatibility.terms.length) }
