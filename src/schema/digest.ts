import { z } from 'zod'

const hex = (algorithm: string, digits: number) =>
  z
    .string()
    .regex(
      new RegExp(`^${algorithm}:[0-9a-f]{${digits}}$`),
      `a ${algorithm} digest looks like ${algorithm}:<${digits} hex digits>`,
    )

/** A BLAKE3 digest: `blake3:<64 hex digits>`. */
export const Blake3 = hex('blake3', 64).brand<'Blake3'>()
export type Blake3 = z.infer<typeof Blake3>

export const Sha256 = hex('sha256', 64).brand<'Sha256'>()
export type Sha256 = z.infer<typeof Sha256>

export const Sha512 = hex('sha512', 128).brand<'Sha512'>()
export type Sha512 = z.infer<typeof Sha512>

/** The digest of a package's file table: the identity of its contents (docs/formats.md, "File table"). */
export const Tree = Blake3
export type Tree = Blake3

/** A key's id: the Ed25519 public key itself, as 64 hex digits. */
export const KeyId = z
  .string()
  .regex(/^[0-9a-f]{64}$/, {
    error: ({ input }) => `${JSON.stringify(String(input).slice(0, 80))} is not a key id: write its 64 hex digits`,
  })
  .brand<'KeyId'>()
export type KeyId = z.infer<typeof KeyId>

/** The hex digits of a digest, without the algorithm. */
export function digestHex(digest: Blake3 | Sha256 | Sha512): string {
  return digest.slice(digest.indexOf(':') + 1)
}
