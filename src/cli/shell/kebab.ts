/** Writes the key of an option as a flag has it: `dryRun` becomes `dry-run`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
