/** Formats Markdown: wraps prose at 100 columns and leaves tables unpadded, because their cells are long. */
import fs from 'node:fs'
import path from 'node:path'
import prettier from 'prettier'

const ROOT = path.resolve(import.meta.dirname, '..')
const FOLDERS = ['.', 'docs', 'examples']

/** Formats a page the way `npm run format` does. */
export async function formatMarkdown(text: string): Promise<string> {
  const wrapped = await prettier.format(text, {
    parser: 'markdown',
    printWidth: 100,
    proseWrap: 'always',
    embeddedLanguageFormatting: 'off',
  })
  return wrapped.replace(/^\|.*\|$/gm, compactRow)
}

function compactRow(row: string): string {
  return /^[|\s:-]+$/.test(row) ? row.replace(/\s+/g, '').replace(/-+/g, '---') : row.replace(/ {2,}\|/g, ' |')
}

/** Returns the Markdown pages of the project, as paths relative to its root. */
export function pages(): string[] {
  return FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: folder === 'examples', encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => path.join(folder, name)),
  )
}

/** Formats all pages. With `--check`, it only lists those that are not formatted and fails. */
async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check')
  for (const page of pages()) {
    const file = path.join(ROOT, page)
    const text = fs.readFileSync(file, 'utf8')
    const formatted = await formatMarkdown(text)
    if (formatted === text) continue
    if (!isCheck) fs.writeFileSync(file, formatted)
    else {
      console.error(`${page}: not formatted; run npm run format`)
      process.exitCode = 1
    }
  }
}

if (process.argv[1] === import.meta.filename) await main()
