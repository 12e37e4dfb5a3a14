/** An error at a place in a text file. Lines and columns start at 1. */
export interface TextFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const BYTE_ORDER_MARK = '\uFEFF'

/** Decodes UTF-8 without a byte order mark, so that all readers see the same text. */
export function decodeText(bytes: Uint8Array): { text: string } | { fault: TextFault } {
  try {
    const text = strict.decode(bytes)
    return text.startsWith(BYTE_ORDER_MARK)
      ? { fault: beginning('a byte order mark is not allowed: save the text without it') }
      : { text }
  } catch {
    if (isUtf16(bytes)) return { fault: beginning(`UTF-16 is not supported: ${SAVE_AS_UTF8}`) }
    return { fault: { ...placeIn(validBeginning(bytes)), message: `invalid UTF-8: ${SAVE_AS_UTF8}` } }
  }
}

const SAVE_AS_UTF8 = 'save the text as UTF-8'

function beginning(message: string): TextFault {
  return { line: 1, column: 1, message }
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
}

/** Returns the text before the first invalid byte, which is where decoding and encoding again changes the bytes. */
function validBeginning(bytes: Uint8Array): string {
  const again = Buffer.from(lossy.decode(bytes))
  const differs = bytes.findIndex((byte, index) => byte !== again[index])
  // A truncated character may share its first bytes with the replacement character.
  for (let end = differs; end > 0; end--) {
    try {
      return strict.decode(bytes.subarray(0, end))
    } catch {
      continue
    }
  }
  return ''
}

/** Returns the line and column right after a text. */
export function placeIn(before: string): { line: number; column: number } {
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - lineStart + 1 }
}

/** Returns whether a string has a lone surrogate. Escapes can produce one, but UTF-8 can't encode it. */
export function hasLoneSurrogate(text: string): boolean {
  // Node 20 has this method of ES2024, the compiler's library does not.
  return !(text as string & { isWellFormed(): boolean }).isWellFormed()
}
