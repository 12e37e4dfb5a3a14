/** The first bytes of native programs on Linux, macOS and Windows. */
const MAGICS: readonly (readonly [format: string, magic: readonly number[]])[] = [
  ['ELF', [0x7f, 0x45, 0x4c, 0x46]],
  ['Mach-O', [0xfe, 0xed, 0xfa, 0xce]],
  ['Mach-O', [0xfe, 0xed, 0xfa, 0xcf]],
  ['Mach-O', [0xce, 0xfa, 0xed, 0xfe]],
  ['Mach-O', [0xcf, 0xfa, 0xed, 0xfe]],
  ['Mach-O', [0xca, 0xfe, 0xba, 0xbe]],
  ['Mach-O', [0xca, 0xfe, 0xba, 0xbf]],
  ['PE', [0x4d, 0x5a]],
]

/** Libraries and objects, which are loaded but never run, so their executable bit doesn't matter. */
const NOT_STARTED = /\.(?:so(?:\.[0-9.]+)?|dylib|dll|node|o|a|lib|ko|class)$/i

/** Returns the format of a native program by its first bytes, or undefined for any other file. */
export function nativeFormat(name: string, head: Buffer): string | undefined {
  // A text file can start with the same letters, but contains no zero bytes.
  if (NOT_STARTED.test(name) || !head.includes(0)) return undefined
  const found = MAGICS.find(([, magic]) => magic.every((byte, index) => head[index] === byte))
  return found?.[0]
}
