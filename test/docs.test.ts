import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeDocs } from '../build/make-docs.ts'
import { COMMANDS, loadCommand } from '../src/cli/shell/commands.ts'

const DOCS = path.resolve(import.meta.dirname, '../docs')

describe('the pages made from source', async () => {
  test.each([...(await makeDocs())])('%s is up to date (npm run docs writes it anew)', (name, text) => {
    expect(fs.readFileSync(path.join(DOCS, name), 'utf8')).toBe(text)
  })
})

test.each(COMMANDS.map((entry) => [entry.name, entry] as const))('%s has an example', async (_name, entry) => {
  expect((await loadCommand(entry)).examples.length).toBeGreaterThan(0)
})

test('every relative link in README.md and docs/ leads to a file', () => {
  const root = path.resolve(DOCS, '..')
  const pages = ['README.md', 'CHANGELOG.md', ...fs.readdirSync(DOCS).map((name) => path.join('docs', name))]
  const broken = pages.flatMap((page) => {
    const links = fs.readFileSync(path.join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)
    return [...links]
      .map(([, target = '']) => path.join(path.dirname(page), target))
      .filter((target) => !fs.existsSync(path.join(root, target)))
  })
  expect(broken).toEqual([])
})
