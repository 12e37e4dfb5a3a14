import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_EXAMPLES } from '../../src/schema/error-examples.ts'
import { ERRORS } from '../../src/schema/errors.ts'
import { COMMANDS, findCommand, loadCommand } from '../../src/cli/shell/commands.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const GLOBAL = ['json', 'events', 'quiet', 'debug', 'help', 'version']

/**
 * Returns the cpm commands in a text, split into words, each up to a quote, a shell operator or the end of the clause.
 */
function commandsIn(text: string): string[][] {
  return [...text.matchAll(/(?:^|[\s`('"])cpm ((?:[-\w@./^~<>=]+ ?)+)/g)].map(([, words = '']) =>
    words.trim().split(' '),
  )
}

/** Returns the part of a command that does not exist. */
async function unknownIn(words: readonly string[]): Promise<string | undefined> {
  if (words[0]?.startsWith('-')) return GLOBAL.includes(words[0].slice(2)) ? undefined : words[0]
  const found = findCommand(words)
  if (!found) {
    const isGroup = COMMANDS.some(({ name }) => name.startsWith(`${words[0] ?? ''} `))
    return isGroup ? undefined : words.join(' ')
  }
  const command = await loadCommand(found.entry)
  const keys = Object.keys(command.input.shape).map((key) =>
    key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  )
  return found.rest.find(
    (word) => /^--[a-z]/.test(word) && ![...keys, ...GLOBAL].includes(word.slice(2).split('=')[0] ?? ''),
  )
}

/** Returns the hints in the source, as they are written. */
function hints(): { file: string; hint: string }[] {
  const folders = ['src', 'server'].map((folder) => path.join(ROOT, folder))
  const files = folders.flatMap((folder) =>
    fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => path.join(folder, name)),
  )
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) =>
      [...fs.readFileSync(file, 'utf8').matchAll(/\bhint:[^'"`\n]*(['"`])((?:(?!\1).)*)\1/g)].map(
        ([, , hint = '']) => ({
          file: path.relative(ROOT, file),
          // A placeholder counts as a word.
          hint: hint.replaceAll(/\$\{[^}]*\}/g, 'X'),
        }),
      ),
    )
}

describe('suggested commands', () => {
  test('every command in a hint exists, with all of its options', async () => {
    const found = hints().filter(({ hint }) => /^cpm (?!does )/.test(hint))
    expect(found.length).toBeGreaterThan(50)
    const wrong: string[] = []
    for (const { file, hint } of found) {
      for (const words of commandsIn(hint)) {
        const unknown = words[0] === 'X' ? undefined : await unknownIn(words)
        if (unknown !== undefined) wrong.push(`${file}: ${hint} (${unknown})`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('every command in the help and example of an error code exists, with all of its options', async () => {
    const wrong: string[] = []
    for (const [code, { help }] of Object.entries(ERRORS)) {
      const { after } = ERROR_EXAMPLES[code as keyof typeof ERRORS]
      const quoted = [...help.matchAll(/`(cpm [^`]*)`/g)].map(([, text = '']) => text)
      for (const words of [...quoted, after].flatMap(commandsIn)) {
        const unknown = words[0]?.startsWith('<') ? undefined : await unknownIn(words)
        if (unknown !== undefined) wrong.push(`${code}: ${words.join(' ')} (${unknown})`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('every error code has a cause, a remedy and an example', () => {
    for (const [code, { about, help }] of Object.entries(ERRORS)) {
      const { before, after } = ERROR_EXAMPLES[code as keyof typeof ERRORS]
      for (const text of [about, help, before, after]) expect(text.trim().length, code).toBeGreaterThan(3)
    }
  })

  test('no help text suggests a command whose error leads back to it', () => {
    expect(ERRORS.MANIFEST_INVALID.help).not.toContain('cpm validate')
    for (const [code, { help }] of Object.entries(ERRORS)) expect(help, code).not.toMatch(/cpm help\b/)
  })
})
