import { afterAll, beforeAll, expect, test } from 'vitest'
import { unknownCommand } from '../../src/cli/shell/unknown-command.ts'
import { parseArguments } from '../../src/cli/shell/program.ts'
import { COMMANDS, findCommand, loadCommand } from '../../src/cli/shell/commands.ts'
import { nearName } from '../../src/operations/registries/near-names.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Rig } from '../rig/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('hello@1.0.0', 'hello@1.0.1', [
    'photos@1.0.0',
    { dependencies: { hello: { version: '*', optional: true } }, features: { greeting: ['hello'] } },
  ])
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
})

test.each([
  ['upgrade', 'there is no command upgrade; did you mean cpm update?', 'cpm update'],
  ['show hello', 'there is no command show; did you mean cpm info?', 'cpm info hello'],
  ['view hello', 'there is no command view; did you mean cpm info?', 'cpm info hello'],
  ['instal hello', 'there is no command instal; did you mean cpm install?', 'cpm install hello'],
  ['workfow list', 'there is no command workfow; did you mean cpm workflow?', 'cpm workflow list'],
  ['workfow', 'there is no command workfow; did you mean cpm workflow?', 'cpm help workflow'],
  ['workflow lst', 'there is no command workflow lst; did you mean cpm workflow list?', 'cpm workflow list'],
  ['workflow ls', 'there is no command workflow ls; did you mean cpm workflow list?', 'cpm workflow list'],
  ['context delete x', 'there is no command context delete; did you mean cpm context remove?', 'cpm context remove x'],
  ['key create', 'there is no command key create; did you mean cpm key generate?', 'cpm key generate'],
  ['schema values .', 'there is no command schema values; did you mean cpm values schema?', 'cpm values schema .'],
  ['get x', 'there is no command get; did you mean cpm install?', 'cpm install x'],
  ['get x --token=secret', 'there is no command get; did you mean cpm install?', 'cpm install'],
  ['frobnicate', 'there is no command frobnicate', 'cpm help'],
])('cpm %s: suggests the likely command', (line, message, hint) => {
  expect(unknownCommand(line.split(' '))).toMatchObject({ code: 'USAGE', message, hint })
})

test('a group and an action in the wrong order are answered with the right command', () => {
  const pairs = COMMANDS.map(({ name }) => name.split(' ')).filter((words) => words.length === 2)
  const swapped = pairs.map(([group = '', action = '']) => [action, group]).filter((words) => !findCommand(words))
  expect(swapped).toContainEqual(['generate', 'key'])
  for (const [action = '', group = ''] of swapped)
    expect(unknownCommand([action, group, 'x'])).toMatchObject({
      message: `there is no command ${action} ${group}; did you mean cpm ${group} ${action}?`,
      hint: `cpm ${group} ${action} x`,
    })
})

test.each([
  ['install --dyr-run', 'cpm install has no option --dyr-run; did you mean --dry-run?'],
  ['install --registry', '--registry needs a value'],
  ['why', '<name> is missing'],
  ['whoami a b', 'cpm whoami takes at most 1 argument, but got 2'],
  ['install --resolution lowes', '--resolution must be one of highest, lowest, lowest-direct; did you mean lowest?'],
])("cpm %s: explains the problem in cpm's own words", async (line, message) => {
  const [name, ...argv] = line.split(' ')
  const entry = COMMANDS.find((command) => command.name === name)
  if (!entry) throw new Error(`no command ${name}`)
  const command = await loadCommand(entry)
  expect(() => parseArguments(command, argv)).toThrow(expect.objectContaining({ message }) as Error)
})

test('install suggests a name from the registry, and never to drop the misspelled one', async () => {
  const project = rig.project()
  const { json } = await rig.cpm('install helo --json', { cwd: project })
  expect(json.error).toMatchObject({ code: 'NO_SOLUTION', hint: 'did you mean hello instead of helo?' })
  const unheardOf = await rig.cpm('install zzyzx --json', { cwd: project })
  expect(unheardOf.json.error?.hint).toBe('check the name zzyzx: cpm search zzyzx')
})

test('info, yank and submit suggest names and versions from the registry', async () => {
  const [name, version, yank, submit] = await Promise.all(
    ['info helo', 'info hello@1.0.2', 'yank helo@1.0.0', 'submit helo --engine local'].map(
      async (line) => (await rig.cpm(`${line} --json`)).json.error,
    ),
  )
  expect(name).toMatchObject({
    message: expect.stringMatching(/^helo is not in the registry .*; did you mean hello\?$/) as string,
  })
  expect(version).toMatchObject({ hint: expect.stringMatching(/^cpm info hello@1\.0\.[01]$/) as string })
  expect(yank).toMatchObject({ message: expect.stringMatching(/did you mean hello/) as string })
  expect(submit).toMatchObject({ message: expect.stringMatching(/did you mean hello\?$/) as string })
})

test('install warns of a feature that the package does not have', async () => {
  const project = rig.project({ dependencies: { photos: { version: '*', features: ['greting'] } } })
  const { code, stderr } = await rig.cpm('install', { cwd: project })
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('photos 1.0.0 has no feature greting; did you mean greeting?')
})

test('help suggests codes and commands', async () => {
  const [code, command] = await Promise.all(
    ['help LOCK_OUTDTED', 'help upgrade'].map(async (line) => (await rig.cpm(`${line} --json`)).json.error),
  )
  expect(code?.hint).toBe('cpm help LOCK_OUTDATED')
  expect(command).toMatchObject({
    message: expect.stringMatching(/did you mean cpm update\?$/) as string,
    hint: 'cpm help update',
  })
})

test("finds a typo anywhere in a name, and still answers if a registry can't search", async () => {
  const names = ['thumbnails', 'archive', '@org/codec'] as PackageName[]
  const registry = {
    search: ({ text = '' }: { text?: string | undefined }) => {
      const packages = names.filter((name) => name.includes(text)).map((name) => ({ name }))
      return Promise.resolve({ packages, total: packages.length, next: null } as never)
    },
  }
  for (const [word, meant] of [
    ['thumbnail', 'thumbnails'],
    ['humbnails', 'thumbnails'],
    ['archvie', 'archive'],
    ['@org/codex', '@org/codec'],
  ])
    expect(await nearName(registry, word as PackageName)).toBe(meant)
  expect(await nearName(registry, 'nothing-like-it' as PackageName)).toBeUndefined()
})

test.each(['test', 'pack', 'validate'])(
  'cpm %s: suggests a folder with a similar name that has a package',
  async (command) => {
    rig.write({ 'near/hello/colony.yaml': 'apiVersion: v1\nname: hello\nversion: 1.0.0\n', 'near/help/note': '' })
    const cpm = (dir: string) => rig.cpm([command, dir], { cwd: rig.path('near') })
    expect((await cpm('hell')).stderr).toContain(`there is no folder ${rig.path('near/hell')}; did you mean hello?`)
    expect((await cpm('./cello')).stderr).toContain('; did you mean hello?')
    for (const dir of ['yelp', 'other', 'none/hello']) expect((await cpm(dir)).stderr).not.toContain('did you mean')
  },
)

test.each(['pack', 'validate', 'test', 'publish', 'publish --dry-run'])(
  'cpm %s suggests the folder of a package with a similar name',
  async (command) => {
    const cwd = rig.path('side-by-side')
    rig.write({ 'colony.yaml': 'apiVersion: v1\nname: hello\nversion: 1.0.0\n' }, `${cwd}/hello`)
    const [word = '', ...flags] = command.split(' ')
    const { json } = await rig.cpm([word, 'helo', ...flags, '--json'], { cwd })
    expect(json.error).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringMatching(
        /^(?:there is no folder .*helo|.*helo does not exist); did you mean hello\?$/,
      ) as string,
    })
  },
)
