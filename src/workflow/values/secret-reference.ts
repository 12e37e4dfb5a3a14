/**
 * A secret is given as a reference, never as its value. `secret:NAME` is resolved by the executor of a colony, among what it
 * knows itself: args, kwargs and env of a colony can be read by strangers. `env:NAME` and `file:PATH` are resolved on this
 * machine, for the local engine.
 */
export type SecretReference =
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }

const SECRET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,127}$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/

/** What `secret:NAME`, `env:NAME` or `file:PATH` refers to; undefined for any other text. */
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

/** What is wrong with a secret's value, which is never repeated: it may be the secret itself. */
export function secretProblem(value: unknown, { isOfPackage }: { isOfPackage: boolean }): string | undefined {
  const reference = typeof value === 'string' ? parseSecretReference(value) : undefined
  if (!reference) return 'is secret: say where it is, not what it is, as secret:NAME, env:NAME or file:PATH'
  if (isOfPackage && reference.kind !== 'secret')
    return "is secret, and a package can't choose what is read on your machine: only secret:NAME may stand here"
  return undefined
}
