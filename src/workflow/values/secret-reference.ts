/**
 * A reference to a secret; its value is never passed. An executor of a colony resolves `secret:NAME` among its own
 * secrets, because strangers can read the args, kwargs and env of a colony. This machine resolves `env:NAME` and
 * `file:PATH`, for the local engine.
 */
export type SecretReference =
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

const SECRET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/** Parses `secret:NAME`, `env:NAME` or `file:PATH`. Returns undefined for any other string. */
export function parseSecretReference(text: string): SecretReference | undefined {
  const [, kind, rest = ''] = /^(secret|env|file):([\s\S]*)$/.exec(text) ?? []
  if (kind === 'secret') return SECRET_NAME.test(rest) ? { kind, name: rest } : undefined
  if (kind === 'env') return VARIABLE.test(rest) ? { kind, name: rest } : undefined
  if (kind === 'file') return isPath(rest) ? { kind, path: rest } : undefined
  return undefined
}

function isPath(text: string): boolean {
  return text !== '' && text.length <= 4096 && !text.includes('\0')
}

/** Describes what is wrong with a secret's value, without repeating it: it may be the secret itself. */
export function secretProblem(value: unknown, { isOfPackage }: { isOfPackage: boolean }): string | undefined {
  const reference = typeof value === 'string' ? parseSecretReference(value) : undefined
  if (!reference) return 'is secret: pass a reference (secret:NAME, env:NAME or file:PATH), not the value'
  if (isOfPackage && reference.kind !== 'secret')
    return "is secret: only secret:NAME is allowed here, since a package can't choose what is read on your machine"
  return undefined
}
