import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import fs from 'node:fs'
import path from 'node:path'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.create()
})
afterAll(() => rig[Symbol.asyncDispose]())

function write(name: string, text: string): void {
  const file = rig.path(name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, text)
}

test('an error in colony.yaml shows its lines with a caret, and only its place in --json', async () => {
  write('a/colony.yaml', 'apiVersion: v1\nname: a\nversion: 1.0\nlicense: MIT\n')
  const { stderr } = await rig.cpm('validate a')
  expect(stderr).toContain(
    [
      '  a/colony.yaml:3:10 version: must be a string: write "1.0.0" in quotes',
      '    1 | apiVersion: v1',
      '    2 | name: a',
      '  > 3 | version: 1.0',
      '      |          ^',
      '    4 | license: MIT',
    ].join('\n'),
  )
  const { json } = await rig.cpm('validate a --json')
  expect(json).toMatchObject({
    error: { details: { problems: [{ file: 'a/colony.yaml', line: 3, column: 10 }] } },
  })
  expect((json as { error: { message: string } }).error.message).not.toContain('^')
})

test('only the first three problems have frames', async () => {
  const keys = ['one', 'two', 'three', 'four', 'five'].map((key) => `x-${key}: 1\n`)
  write('b/colony.yaml', `apiVersion: v1\nname: b\nversion: 1.0.0\n${keys.join('')}`)
  const { stderr } = await rig.cpm('validate b')
  expect(stderr.split('error[')[1]?.match(/\^$/gm)).toHaveLength(3)
})

test('a long line is truncated around the problem, and control characters are escaped', async () => {
  write('c/colony.yaml', `apiVersion: v1\nname: c\nversion: 1.0.0\nkeywords: [${'"abcdefgh", '.repeat(40)}7]\n`)
  const { stderr } = await rig.cpm('validate c')
  expect(stderr).toContain('^')
  for (const line of stderr.split('\n').filter((text) => text.includes(' | '))) expect(line.length).toBeLessThan(105)
})

test('lines of values files are shown without their values', async () => {
  write(
    'd/colony.yaml',
    'apiVersion: v1\nname: d\nversion: 1.0.0\ninputs:\n  - { key: token, type: string, secret: true }\n  - { key: size, type: integer }\n',
  )
  write('d/workflows/main.yaml', 'kind: function\nfuncname: f\nconditions: { executortype: x }\n')
  write('broken.yaml', 'token: hunter2-hunter2\nother: [\n')
  const broken = await rig.cpm('render d -f broken.yaml')
  expect(broken.stderr).toContain('broken.yaml:3')
  expect(broken.stderr).not.toContain('hunter2')
  write('wrong.yaml', 'token: |\n  hunter2-hunter2\nsize: big\n')
  const { stderr } = await rig.cpm('render d -f wrong.yaml')
  expect(stderr).toContain(['    2 |   ***************', '  > 3 | size: ***', '      | ^'].join('\n'))
  expect(stderr).not.toContain('hunter2')
})

test('an error in colony.lock shows its lines, also for a value of the wrong type', async () => {
  write('e/colony.yaml', 'apiVersion: v1\nname: e\nversion: 1.0.0\n')
  write('e/colony.lock', '{\n  "schemaVersion": 1,\n  "roots": 3,\n}\n')
  const { stderr } = await rig.cpm('list', { cwd: rig.path('e') })
  expect(stderr).toContain(['    3 |   "roots": 3,', '  > 4 | }', '      | ^'].join('\n'))
  write('e/colony.lock', '{\n  "schemaVersion": 1,\n  "omitted": {},\n  "packages": [],\n  "roots": {}\n}\n')
  const typed = await rig.cpm('list', { cwd: rig.path('e') })
  expect(typed.stderr).toContain('colony.lock:')
  expect(typed.stderr).toContain('^')
})

test('a warning shows its line, and its place in --events', async () => {
  write('f/colony.yaml', 'apiVersion: v1\nname: f\nversion: 1.0.0\ninputs: [{ key: mode, type: integer }]\n')
  write(
    'f/workflows/main.yaml',
    'kind: function\nfuncname: f\nargs: [$: inputs.mode]\nconditions: { executortype: x }\n',
  )
  write('mode.yaml', 'mode: 0644\n')
  const { stderr } = await rig.cpm('render f -f mode.yaml')
  expect(stderr).toMatch(/warning: mode\.yaml:1:7 cpm reads a decimal .*\n {2}> 1 \| mode: \*{4}\n {6}\| {7}\^\n/)
})

test('settings have frames without their values, and a file that ends too early one at its end', async () => {
  write('home/config.json', '{\n  "network": { "timeout": 3,,\n')
  const settings = await rig.cpm('config list')
  expect(settings.stderr).toMatch(/ {2}> 2 \| {3}"network": \* \*+ \*+\n {6}\| +\^\n/)
  fs.rmSync(rig.path('home/config.json'))
  write('e/colony.yaml', 'apiVersion: v1\nname: [e\n')
  const early = await rig.cpm('validate e')
  expect(early.stderr).toContain('  e/colony.yaml:3:1 ')
  expect(early.stderr).toContain('  > 2 | name: [e\n      |         ^\n')
})
