import { execFileSync, spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesToPack, listFiles } from '../../src/package/files-to-pack.ts'
import { Rig } from '../rig/rig.ts'

const RULES = { files: ['**'], executables: [], allow: [] }

type Files = Record<string, string>

function packed(folder: string): string[] {
  return filesToPack(folder, RULES).map((file) => file.path)
}

function leftOut(folder: string): string[] {
  return listFiles(folder, RULES).leftOut.map((entry) => `${entry.path} by ${entry.by}`)
}

test('.gitignore excludes files if there is no .cpmignore', async () => {
  await using rig = await Rig.create()
  const files = { '.gitignore': '.venv/\n*.log\n', '.venv/bin/python': 'x', 'a.log': '', 'src/b.log': '', 'src/c': '' }
  const folder = rig.package('a@1.0.0', { files })
  expect(packed(folder)).toEqual(['README.md', 'colony.yaml', 'src/c'])
  expect(leftOut(folder)).toEqual(['.venv/ by .gitignore', 'a.log by .gitignore', 'src/b.log by .gitignore'])
})

test('.cpmignore replaces only the .gitignore in its folder', async () => {
  await using rig = await Rig.create()
  const files = {
    ...{ '.gitignore': 'dist/\n*.log\n', '.cpmignore': 'docs/\n', 'dist/app.js': '', 'docs/x': '', 'a.log': '' },
    ...{ 'src/.gitignore': '*.tmp\n', 'src/a.tmp': '', 'src/b.js': '' },
    ...{ 'data/.gitignore': '*\n', 'data/.cpmignore': '', 'data/x': '' },
  }
  const folder = rig.package('a@1.0.0', { files })
  expect(packed(folder)).toEqual(['README.md', 'a.log', 'colony.yaml', 'data/x', 'dist/app.js', 'src/b.js'])
  expect(leftOut(folder)).toEqual(['docs/ by .cpmignore', 'src/a.tmp by src/.gitignore'])
})

test('ignore files are never packed, at any depth, even if another one includes them', async () => {
  await using rig = await Rig.create()
  const files = {
    ...{ '.cpmignore': '!.gitignore\n!.cpmignore\n', '.gitignore': '', 'src/.cpmignore': '', 'src/x': '' },
    'src/deep/.gitignore': '!.gitignore\n',
  }
  const folder = rig.package('a@1.0.0', { files })
  expect(packed(folder)).toEqual(['README.md', 'colony.yaml', 'src/x'])
})

/** Trees with ignore files. git itself decides what is right. */
const TREES: readonly (readonly [what: string, files: Files])[] = [
  [
    'nested ignore files cover their folder and everything below',
    { '.gitignore': '*.o\n', 'src/.gitignore': '/local\n*.tmp\n', 'src/local': '', 'src/a/local': '', 'local': '', 'src/a/b.tmp': '', 'b.tmp': '', 'src/c.o': '' }, // prettier-ignore
  ],
  [
    'a deeper file overrides those above',
    { '.gitignore': '*.log\nbuild/\n', 'src/.gitignore': '!keep.log\n!build/\n', 'src/keep.log': '', 'src/a.log': '', 'src/build/x': '', 'build/x': '', 'keep.log': '' }, // prettier-ignore
  ],
  [
    "files in an excluded folder can't be included again",
    { '.gitignore': 'out/\n!out/keep\n', 'out/keep': '', 'out/.gitignore': '!*\n', 'in/out/keep': '' },
  ],
  [
    'everything except one folder, with negation at each level',
    { '.gitignore': '/*\n!/foo\n/foo/*\n!/foo/bar\n', 'foo/bar/x': '', 'foo/y': '', z: '', 'foo/bar/foo/w': '' },
  ],
  [
    'patterns with and without a slash, and patterns for folders',
    { 'a/.gitignore': 'doc/*.txt\nx\ny/\n/z/\n**/deep\nw/**\n', 'a/doc/1.txt': '', 'a/b/doc/1.txt': '', 'a/doc/c/2.txt': '', 'a/x': '', 'a/b/x/1': '', 'a/b/y/1': '', 'a/y/1': '', 'a/b/c/y': '', 'a/z/1': '', 'a/b/z/1': '', 'a/b/c/deep': '', 'a/w/1': '', 'a/b/w/1': '', 'x': '' }, // prettier-ignore
  ],
  [
    'comments, spaces, escapes, CRLF and a byte order mark',
    { 'a/.gitignore': '\ufeff# no\r\n\r\n\\#yes\r\n\\!yes\r\nend \r\nkept\\ \r\nq/ \r\n', 'a/#yes': '', 'a/!yes': '', 'a/end': '', 'a/kept ': '', 'a/kept': '', 'a/b/q/1': '', 'a/no': '', 'a/b/#yes': '' }, // prettier-ignore
  ],
  [
    'folders whose names look like patterns',
    { '[ab]/.gitignore': 'x\n', '[ab]/x': '', 'a/x': '', 'a*/.gitignore': '/y\n', 'a*/y': '', 'ab/y': '', '!c/.gitignore': 'z\n', '!c/z': '', '#d/.gitignore': 'z\n', '#d/z': '' }, // prettier-ignore
  ],
  [
    'everything except the ignore file itself, which keeps an empty folder',
    { 'tmp/.gitignore': '*\n!.gitignore\n', 'tmp/a': '', 'tmp/b/c': '', 'd/.gitignore': '**\n', 'd/e/f': '' },
  ],
  ['case matters', { '.gitignore': '*.LOG\nBuild\n', 'a.log': '', 'b.LOG': '', 'build/x': '', 'Build/y': '' }],
]

describe.skipIf(spawnSync('git', ['--version']).status !== 0)('ignore files are read as git reads them', () => {
  test.each(TREES)('%s', async (_what, files) => {
    await using rig = await Rig.create()
    const folder = rig.path('package')
    rig.write({ 'colony.yaml': 'apiVersion: v1\n', ...files }, folder)
    const git = (...words: string[]) =>
      execFileSync('git', words, { cwd: folder, env: { PATH: process.env.PATH, HOME: rig.root }, encoding: 'utf8' })
    git('init', '--quiet')
    const seen = git('-c', 'core.quotePath=false', 'ls-files', '-z', '--others', '--exclude-standard').split('\0')
    const isCompared = (name: string) => name !== '' && name !== 'colony.yaml' && path.basename(name) !== '.gitignore'
    expect(packed(folder).filter(isCompared).sort()).toEqual(seen.filter(isCompared).sort())
  })
})
