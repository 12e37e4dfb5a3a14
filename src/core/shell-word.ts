/** Returns a text as one word for a shell, quoted if it needs to be, for a command that a reader can copy. */
export function shellWord(text: string): string {
  if (/^[\p{L}\p{M}\p{N}_@%+=:,./-]+$/u.test(text)) return text
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", String.raw`'\''`)}'`
  const escaped = text.replace(/[\\']/g, String.raw`\$&`)
  return `$'${escaped.replace(/\p{Cc}/gu, (char) => String.raw`\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)}'`
}

/** Returns a path as one word for a shell. A path that starts with a hyphen would be read as an option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path)
}
