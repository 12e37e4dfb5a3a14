import type { QuotedPackage, QuotedRelease } from '../schema/proof.ts'
import type { Candidate, PackageDocument } from '../core/ports.ts'

/** Quotes a package as in a proof. @param only the versions to quote (default: all) */
export function quote(document: PackageDocument | null, only?: ReadonlySet<string>): QuotedPackage {
  if (document === null) return null
  const quoted = document.candidates.filter(({ version }) => only?.has(version) !== false)
  return Object.fromEntries(quoted.map((candidate) => [candidate.version, quoteRelease(candidate)]))
}

function quoteRelease({ dependencies, yanked, publishedAt, conditions, refusal }: Candidate): QuotedRelease {
  const required = dependencies.filter(({ optional }) => !optional)
  return {
    dependencies: Object.fromEntries(required.map(({ name, requirement }) => [name, requirement])),
    ...(yanked && { yanked }),
    ...(publishedAt !== undefined && { publishedAt }),
    ...(Object.keys(conditions).length > 0 && { conditions }),
    ...(refusal !== undefined && { refusal }),
  }
}
