import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { addPlugin } from './plugin-rig.ts'

const REPORT = `
  permissions: { operations: ['list'] },
  addCliCommands: () => [defineCommand({
    name: 'report make',
    summary: 'Make a report',
    input: z.object({
      format: z.enum(['text', 'html']).default('text').meta({ description: 'the format', short: 'f' }),
      depth: z.number().optional().meta({ description: 'how deep', value: 'levels' }),
      all: z.boolean().default(false).describe('everything'),
      names: z.array(z.string()).default([]).describe('the packages'),
    }),
    positionals: ['names'],
    examples: [['Make one', 'cpm report make a']],
    run: (input) => input,
    view: (value) => 'made ' + JSON.stringify(value) + '\\u001b[31m',
  })],`

test('the command of a plugin takes flags, prints help and JSON, and appears in the overview, like one of cpm', async () => {
  await using rig = await Rig.create()
  await addPlugin(rig, 'report', REPORT)
  const made = await rig.cpm('report make a b -f html --depth 2 --all')
  expect(made.stdout).toBe(String.raw`made {"format":"html","depth":2,"all":true,"names":["a","b"]}\u001b[31m`)
  expect((await rig.cpm('report make --json')).json.data).toEqual({ format: 'text', all: false, names: [] })
  const odd = await rig.cpm(['report', 'make', '\u009b2J\u202e', '--json'])
  expect(odd.stdout).not.toMatch(/[\u009b\u202e]/)
  expect(odd.json.data).toMatchObject({ names: ['\u009b2J\u202e'] })
  expect((await rig.cpm('report make --format pdf')).stderr).toContain('--format must be one of text, html')
  expect((await rig.cpm('report make --dept 2')).stderr).toContain('did you mean --depth?')
  const { stdout: help } = await rig.cpm('help report make')
  expect(help).toContain('-f, --format <value>')
  expect(help).toContain('--depth <levels>')
  expect(help).toContain('cpm report make a  Make one')
  expect((await rig.cpm('report make --help')).stdout).toBe(help)
  expect((await rig.cpm('--help')).stdout).toContain('Plugins    report make    Make a report')
  const offered = async (...words: string[]) => (await rig.cpm(['complete', 'bash', `cpm ${words.join(' ')}`])).stdout
  expect(await offered('rep')).toBe('report')
  expect(await offered('report', 'make', '--f')).toBe('--format')
  expect(await offered('report', 'make', '--format', 'h')).toBe('html')
  expect(await offered('plugins', 'disable', 'r')).toBe('report')
  expect((await rig.cpm('report mak')).stderr).toContain('did you mean cpm report make?')
  expect((await rig.cpm('report')).stderr).toContain('cpm report needs one of: make')
  await rig.cpm('plugins disable report')
  const disabled = await rig.cpm('report make')
  expect([disabled.code, disabled.stderr]).toEqual([
    6,
    expect.stringContaining('the plugin with the command report make is disabled'),
  ])
  expect((await rig.cpm('plugins enable report')).stdout).toBe('enabled report 1.0.0')
  await rig.cpm('plugins remove report')
  expect((await rig.cpm('report make')).stderr).toContain('there is no command report')
})

test('two plugins with the same command are not added', async () => {
  await using rig = await Rig.create()
  await addPlugin(rig, 'report', REPORT)
  await expect(addPlugin(rig, 'other', REPORT)).rejects.toThrow('the plugin report already has the command cpm report')
})

test('an operation that a plugin calls does not wait for hooks of the same plugin', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd })
  await addPlugin(
    rig,
    'check',
    `permissions: { operations: ['verify', 'list'] },
    onVerify: () => ({ refuse: 'never' }),
    onEvent: { events: ['proved'], run() {} },
    addCliCommands: () => [{ name: 'check', summary: 'Check', timeout: 5, run: async (_, { call }) => {
      await call('verify')
      return (await call('list')).packages.length
    } }],`,
  )
  expect((await rig.cpm('check --json', { cwd })).json.data).toBe(1)
})

test('operations that a plugin calls without end end with it', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd })
  await addPlugin(
    rig,
    'greedy',
    `permissions: { operations: ['verify'] },
    addCliCommands: () => [{ name: 'greedy', summary: 'Ask', run: async (_, { call }) => {
      const first = call('verify')
      for (let i = 0; i < 300; i++) call('verify')
      await first
      process.exit(3)
    } }],`,
  )
  const { stdout } = await rig.cpm('greedy --events', { cwd })
  expect(stdout).toContain('the plugin greedy ended with exit status 3')
  expect(stdout.split('\n').length).toBeLessThan(100)
})
