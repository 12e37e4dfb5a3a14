import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeDocs } from '../build/make-docs.ts'
import { COMMANDS, loadCommand } from '../src/cli/shell/commands.ts'

const DOCS = path.resolve(import.meta.dirname, '../docs')

describe('generated pages', async () => {
  test.each([...(await makeDocs())])('%s is up to date (npm run docs updates it)', (name, text) => {
    expect(fs.readFileSync(path.join(DOCS, name), 'utf8')).toBe(text)
  })
})

test.each(COMMANDS.map((entry) => [entry.name, entry] as const))('%s has an example', async (_name, entry) => {
  expect((await loadCommand(entry)).examples.length).toBeGreaterThan(0)
})

const ROOT = path.resolve(DOCS, '..')
const PAGES = [ROOT, DOCS].flatMap((folder) =>
  fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.relative(ROOT, path.join(folder, name))),
)

test('every figure in the table of limits is imported from the code', () => {
  const source = fs.readFileSync(path.join(ROOT, 'build/make-docs.ts'), 'utf8')
  const [, table = ''] = /## Limits\n([^]*?)\n## /.exec(source) ?? []
  expect(table.split('\n').length).toBeGreaterThan(10)
  expect(table.replaceAll(/\$\{[^}]*\}/g, '')).not.toMatch(/\d/)
})

test('every relative link in the pages of the root and docs/ has a target', () => {
  const broken = PAGES.flatMap((page) => {
    const links = fs.readFileSync(path.join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)
    return [...links]
      .map(([, target = '']) => path.join(path.dirname(page), target))
      .filter((target) => !fs.existsSync(path.join(ROOT, target)))
  })
  expect(broken).toEqual([])
})

test('every path of a test, script or module in a page exists', () => {
  const missing = PAGES.filter((page) => page !== 'CHANGELOG.md').flatMap((page) => {
    const paths = fs
      .readFileSync(path.join(ROOT, page), 'utf8')
      .matchAll(/`((?:src|server|test|build|bench)\/[\w./-]+)`/g)
    return [...paths].map(([, target = '']) => target).filter((target) => !fs.existsSync(path.join(ROOT, target)))
  })
  expect(missing).toEqual([])
})

describe('docs/security.md', () => {
  const page = fs.readFileSync(path.join(DOCS, 'security.md'), 'utf8')

  test('names only tests that exist', () => {
    const missing: string[] = []
    let named = 0
    let source = ''
    for (const line of page.split('\n')) {
      const [, file] = /^- `(test\/.*\.test\.ts)`$/.exec(line) ?? []
      const [, title] = /^ {2}- `+ ?(.*?) ?`+$/.exec(line) ?? []
      if (file !== undefined) source = fs.readFileSync(path.join(ROOT, file), 'utf8').replaceAll('\\', '')
      else if (title !== undefined) {
        named++
        if (!['"', "'", '`'].some((quote) => source.includes(`${quote}${title}${quote}`))) missing.push(title)
      }
    }
    expect(missing).toEqual([])
    expect(named).toBeGreaterThan(150)
  })

  test('has a promise against every threat to archives, names, locks, indexes, parsers and disks', () => {
    const span = (letter: string, last: number) =>
      Array.from({ length: last }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`)
    const threats = [...span('A', 18), ...span('B', 12), 'D01', 'D02', 'D04', ...span('G', 13)]
    expect(threats.filter((threat) => !page.includes(`\n**${threat}** `))).toEqual([])
  })
})

test('every path of a source file in a comment exists', () => {
  const missing = ['src', 'server', 'test', 'build', 'bench'].flatMap(sourcesIn).flatMap((file) =>
    fs
      .readFileSync(path.join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => /(?:^|\s)(?:\/\/|\/?\*)/.test(line))
      .flatMap((line) => [
        ...line.matchAll(/(?<![\w./-])(?:src|server|test|build|bench)\/[\w./-]+\.(?:ts|mjs|js|md)\b/g),
      ])
      .filter(([target]) => !fs.existsSync(path.join(ROOT, target)))
      .map(([target]) => `${file}: ${target}`),
  )
  expect(missing).toEqual([])
})

function sourcesIn(folder: string): string[] {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs)$/.test(name))
    .map((name) => `${folder}/${name}`)
}
