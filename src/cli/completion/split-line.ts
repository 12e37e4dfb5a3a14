/**
 * Splits the part of a command line before the cursor into words, without the quotes. The last word is the one that is
 * being typed, and may be empty. Only the command after the last `|`, `;` or `&` counts.
 */
export function splitLine(line: string): string[] {
  let words: string[] = []
  let word = ''
  let isOpen = false
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (quote !== '') {
      if (char === quote) quote = ''
      else word += char === '\\' && quote === '"' ? line.charAt(++at) : char
    } else if (char === '"' || char === "'") {
      quote = char
      isOpen = true
    } else if (char === '\\') {
      word += line.charAt(++at)
      isOpen = true
    } else if (/[|;&\n]/.test(char)) {
      words = []
      word = ''
      isOpen = false
    } else if (/\s/.test(char)) {
      if (isOpen) words.push(word)
      word = ''
      isOpen = false
    } else {
      word += char
      isOpen = true
    }
  }
  return [...words, word]
}
