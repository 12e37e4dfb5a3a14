import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { findCommands } from '../../../src/engines/local/function-command.ts'
import { FunctionSpec } from '../../../src/workflow/specs/spec.ts'
import { TemporaryFolder } from '../../workflow/rig.ts'

const NODE = FunctionSpec.parse({ nodename: 'n', funcname: 'f', conditions: { executortype: 'x' } })

function find(root: string, command: string[], searchPath?: string) {
  const functions = [{ executortype: 'x', name: 'f', command }]
  return findCommands([NODE], { root, functions, searchPath }).get('n')
}

function sample(): TemporaryFolder {
  const folder = new TemporaryFolder().write({
    'pkg/bin/ok': '#!/bin/sh\n',
    'pkg/data': '',
    'outside/evil': '#!/bin/sh\n',
  })
  fs.chmodSync(path.join(folder.path, 'pkg/bin/ok'), 0o755)
  fs.chmodSync(path.join(folder.path, 'outside/evil'), 0o755)
  fs.symlinkSync('../../outside/evil', path.join(folder.path, 'pkg/bin/link'))
  fs.symlinkSync('ok', path.join(folder.path, 'pkg/bin/inner'))
  fs.symlinkSync('../outside', path.join(folder.path, 'pkg/out'))
  fs.symlinkSync('pkg', path.join(folder.path, 'installed'))
  return folder
}

test('finds a file of the package, even if the package is reached through a link', () => {
  using folder = sample()
  const file = path.join(folder.path, 'pkg/bin/ok')
  expect(find(path.join(folder.path, 'pkg'), ['bin/ok', '-x'])).toEqual({ file, args: ['-x'] })
  expect(find(path.join(folder.path, 'installed'), ['./bin/ok'])).toEqual({ file, args: [] })
  expect(find(path.join(folder.path, 'pkg'), ['bin/inner'])).toEqual({ file, args: [] })
})

test('finds a program on PATH', () => {
  using folder = sample()
  const search = ['', '.', 'bin', path.join(folder.path, 'nowhere'), path.join(folder.path, 'pkg/bin')].join(':')
  expect(find(folder.path, ['ok'], search)?.file).toBe(path.join(folder.path, 'pkg/bin/ok'))
})

test.each([
  ['../outside/evil', 'leads out of the package'],
  ['bin/../../outside/evil', 'leads out of the package'],
  ['/bin/sh', 'leads out of the package'],
  ['bin/link', 'leads out of the package'],
  ['out/evil', 'leads out of the package'],
  ['bin//ok', 'leads out of the package'],
  ['bin/..', 'leads out of the package'],
  ['bin/none', 'the package has no file bin/none, which is the command of f'],
  ['./data', 'is not executable'],
  ['./bin', 'is not a file'],
  ['..', 'is not a valid program name'],
  ['', 'is not a valid program name'],
  ['-x', 'is not a valid program name'],
  ['bin\\ok', 'is not a valid program name'],
])('refuses %j', (word, message) => {
  using folder = sample()
  expect(() => find(path.join(folder.path, 'pkg'), [word], '/bin')).toThrow(message)
})

test.each([
  ['#!/usr/bin/nosuch\n', 'the interpreter /usr/bin/nosuch in its first line (#!) does not exist'],
  ['#! /usr/bin/nosuch -x', 'the interpreter /usr/bin/nosuch in its first line (#!) does not exist'],
  ['#!/bin/sh\r\n', 'the interpreter /bin/sh\\r in its first line (#!) does not exist'],
  ['\ufeff#!/bin/sh\n', 'a byte order mark precedes #! in its first line'],
  ['#!/usr/bin/env nosuch\n', 'the interpreter nosuch in its first line (#!) is not on your PATH'],
  ['#!/usr/bin/env -S nosuch --x\n', 'the interpreter nosuch in its first line (#!) is not on your PATH'],
])('refuses a program that starts with %j', (line, message) => {
  using folder = sample()
  fs.writeFileSync(path.join(folder.path, 'pkg/bin/ok'), line)
  const root = path.join(folder.path, 'pkg')
  expect(() => find(root, ['bin/ok'], '/bin')).toThrow(`  n: the command bin/ok can't be started: ${message}`)
})

test.each([
  ['an interpreter with arguments', '#!/bin/sh -e\n', '/nowhere'],
  ['an interpreter on PATH', '#!/usr/bin/env sh\n', '/bin'],
  ['options of env that cpm does not read', '#!/usr/bin/env -i nosuch\n', '/bin'],
  ['an interpreter that may be in the working folder', '#!/usr/bin/env nosuch\n', '/bin:.'],
  ['an interpreter, but no PATH', '#!/usr/bin/env nosuch\n', undefined],
  ['a longer line than the system reads', `#!/${'x'.repeat(600)}\n`, '/bin'],
  ['no interpreter', '\x7fELF', '/bin'],
  ['nothing', '', '/bin'],
])('accepts a program with %s', (_what, line, search) => {
  using folder = sample()
  fs.writeFileSync(path.join(folder.path, 'pkg/bin/ok'), line)
  expect(find(path.join(folder.path, 'pkg'), ['bin/ok'], search)?.args).toEqual([])
})

test('looks for an interpreter on the PATH that the node sets', () => {
  using folder = sample()
  fs.writeFileSync(path.join(folder.path, 'pkg/bin/ok'), '#!/usr/bin/env sh\n')
  const functions = [{ executortype: 'x', name: 'f', command: ['bin/ok'] }]
  const places = { root: path.join(folder.path, 'pkg'), functions, searchPath: '/nowhere' }
  expect(() => findCommands([NODE], places)).toThrow('is not on your PATH')
  expect(findCommands([{ ...NODE, env: { PATH: '/bin' } }], places).size).toBe(1)
})

test('refuses a node whose name is reserved for files of the run', () => {
  using folder = sample()
  const nodes = ['run.json', 'Run.cancel', 'run', 'rerun.json'].map((nodename) => ({ ...NODE, nodename }))
  const functions = [{ executortype: 'x', name: 'f', command: ['bin/ok'] }]
  const find = () => findCommands(nodes, { root: path.join(folder.path, 'pkg'), functions, searchPath: undefined })
  expect(find).toThrow(
    /^the local engine can't run this workflow:\n {2}run\.json: names starting with run\. are reserved .*\n {2}Run\.cancel: .*$/,
  )
})

test('never looks for a program in the working folder', () => {
  using folder = sample()
  const before = process.cwd()
  process.chdir(path.join(folder.path, 'pkg/bin'))
  try {
    expect(() => find(folder.path, ['ok'], ':.:./:')).toThrow('is not on your PATH')
    expect(() => find(folder.path, ['ok'])).toThrow('is not on your PATH')
  } finally {
    process.chdir(before)
  }
})
