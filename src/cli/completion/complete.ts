import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { candidates } from './candidates.ts'
import { splitLine } from './split-line.ts'

/**
 * `cpm complete`, which the scripts of `cpm completion` call at each press of the Tab key: prints a candidate a line,
 * with a tab before its description. It must be fast, so this module and those it loads know the commands from a table
 * (command-table.ts), and no library is loaded for most answers. It asks no network and prints no errors.
 *
 * @param args a shell, and the words up to the cursor; for bash and PowerShell, the line up to the cursor, and for bash
 *   the characters at which it breaks words
 */
export async function complete(
  args: readonly string[],
  place: { cwd: string; env: EnvironmentVariables },
): Promise<string> {
  const [shell = '', ...rest] = args
  const isLine = shell === 'bash' || shell === 'powershell'
  const words = isLine ? splitLine(rest[0] ?? '') : rest
  const found = (await candidates(words.slice(1), place)).slice(0, MOST)
  const kept = shell === 'bash' ? lastBreak(words.at(-1) ?? '', rest[1] ?? '') : 0
  return found
    .map(({ value, about }) => (about === undefined || shell === 'bash' ? value.slice(kept) : `${value}\t${about}`))
    .map((line) => `${line}\n`)
    .join('')
}

/** More than anybody reads. */
const MOST = 500

/** Returns where the part of a word begins that bash replaces: it treats `@`, `=` and `:` as ends of words. */
function lastBreak(word: string, breaks: string): number {
  return Math.max(...Array.from(breaks, (char) => (/\s/.test(char) ? 0 : word.lastIndexOf(char) + 1)), 0)
}
