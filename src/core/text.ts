/** Where bytes are not the text they should be. Lines and columns count from 1. */
export interface TextFault {
  readonly line: number
  readonly column: number
  readonly message: string
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })
const BYTE_ORDER_MARK = '\uFEFF'

/** Reads bytes as UTF-8 without a byte order mark: two readers of the same bytes then see the same text. */
export function decodeText(bytes: Uint8Array): { text: string } | { fault: TextFault } {
  try {
    const text = strict.decode(bytes)
    return text.startsWith(BYTE_ORDER_MARK)
      ? { fault: beginning('a byte order mark stands here: save the text without one') }
      : { text }
  } catch {
    if (isUtf16(bytes)) return { fault: beginning(`this is UTF-16: ${SAVE_AS_UTF8}`) }
    return { fault: { ...placeIn(validBeginning(bytes)), message: `a byte that is not UTF-8: ${SAVE_AS_UTF8}` } }
  }
}

const SAVE_AS_UTF8 = 'save it as UTF-8'

function beginning(message: string): TextFault {
  return { line: 1, column: 1, message }
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
}

/** The text before the first byte that is not UTF-8: what is wrong comes out of the decoder as other bytes than went in. */
function validBeginning(bytes: Uint8Array): string {
  const again = Buffer.from(lossy.decode(bytes))
  const differs = bytes.findIndex((byte, index) => byte !== again[index])
  // A character that is cut short may begin as the sign begins that stands for it.
  for (let end = differs; end > 0; end--) {
    try {
      return strict.decode(bytes.subarray(0, end))
    } catch {
      continue
    }
  }
  return ''
}

/** The place right behind a text. */
export function placeIn(before: string): { line: number; column: number } {
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - lineStart + 1 }
}

const HALF_A_PAIR = /\p{Surrogate}/u

/** Half of a surrogate pair that stands alone, which an escape can write and no UTF-8 has. */
export function hasLoneSurrogate(text: string): boolean {
  return HALF_A_PAIR.test(text)
}
