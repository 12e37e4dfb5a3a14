/** Formats the pages: prose wrapped at 100 columns, and tables without padding, whose cells are too long for it. */
import fs from 'node:fs'
import path from 'node:path'
import prettier from 'prettier'

const ROOT = path.resolve(import.meta.dirname, '..')
const FOLDERS = ['.', 'docs', 'examples']

/** The text as `npm run format` writes it. */
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

/** The pages of the project, as paths from its root. */
export function pages(): string[] {
  return FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: folder === 'examples', encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => path.join(folder, name)),
  )
}

/** Writes the pages that are not formatted; with `--check`, names them and fails. */
async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check')
  for (const page of pages()) {
    const file = path.join(ROOT, page)
    const text = fs.readFileSync(file, 'utf8')
    const formatted = await formatMarkdown(text)
    if (formatted === text) continue
    if (!isCheck) fs.writeFileSync(file, formatted)
    else {
      console.error(`${page}: not formatted: npm run format`)
      process.exitCode = 1
    }
  }
}

if (process.argv[1] === import.meta.filename) await main()
