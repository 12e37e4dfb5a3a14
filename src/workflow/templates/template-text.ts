/** A part of a scalar: plain text, or an expression in `${…}`. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'expression'
      readonly source: string
      /** the offset of `${` in the scalar */ readonly start: number
    }

export type ScannedText =
  | { readonly parts: readonly TextPart[]; readonly problem: undefined }
  | { readonly parts: undefined; readonly problem: { readonly start: number; readonly message: string } }

/**
 * Splits a scalar into text and expressions. `$${` is a literal `${`. To find the end of an expression, braces in
 * strings and comments are ignored, and braces of maps are paired.
 */
export function scanText(text: string): ScannedText {
  const parts: TextPart[] = []
  let plain = ''
  let i = 0
  while (i < text.length) {
    if (text.startsWith('$${', i)) {
      plain += '${'
      i += 3
    } else if (text.startsWith('${', i)) {
      const end = endOfExpression(text, i + 2)
      if (end === undefined) {
        const message = 'the expression is not closed: } is missing (a literal ${ is written $${)'
        return { parts: undefined, problem: { start: i, message } }
      }
      if (plain !== '') parts.push({ kind: 'text', text: plain })
      plain = ''
      parts.push({ kind: 'expression', source: text.slice(i + 2, end), start: i })
      i = end + 1
    } else {
      plain += text.charAt(i)
      i++
    }
  }
  if (plain !== '' || parts.length === 0) parts.push({ kind: 'text', text: plain })
  return { parts, problem: undefined }
}

/** Returns the offset of the `}` that closes the expression starting at `start`. */
function endOfExpression(text: string, start: number): number | undefined {
  let open = 0
  let i = start
  while (i < text.length) {
    const c = text.charAt(i)
    if (c === '"' || c === "'") {
      const end = endOfString(text, i)
      if (end === undefined) return undefined
      i = end
      continue
    }
    if (text.startsWith('//', i)) {
      const newline = text.indexOf('\n', i)
      if (newline < 0) return undefined
      i = newline
    } else if (c === '{') open++
    else if (c === '}' && open-- === 0) return i
    i++
  }
  return undefined
}

/** Returns the offset after a string literal. It has one or three quotes; a backslash escapes, even in raw strings. */
function endOfString(text: string, start: number): number | undefined {
  const quote = text.charAt(start)
  const delimiter = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote
  let i = start + delimiter.length
  while (i < text.length) {
    if (text.startsWith(delimiter, i)) return i + delimiter.length
    i += text.charAt(i) === '\\' ? 2 : 1
  }
  return undefined
}
