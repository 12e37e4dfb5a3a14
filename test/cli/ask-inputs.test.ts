import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { cpmAtTerminal, HAS_TERMINAL } from '../rig/terminal.ts'

const SCRIPT = `#!/usr/bin/env node
import fs from 'node:fs'
fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify(JSON.parse(fs.readFileSync(0, 'utf8')).args.slice(0, 2)))
`
let rig: Rig
let root: string

beforeAll(async () => {
  rig = await Rig.create()
  root = rig.package('asking@1.0.0', {
    inputs: [
      {
        key: 'size',
        type: 'integer',
        required: true,
        label: 'Size',
        description: 'Edge',
        min: 16,
        unit: 'px',
        example: 256,
      },
      { key: 'format', type: 'string', required: true, options: ['png', 'webp'] },
      { key: 'token', type: 'string', required: true, secret: true },
    ],
    functions: [{ executortype: 'script', name: 'echo', command: ['bin/echo.mjs'] }],
    files: {
      'bin/echo.mjs': SCRIPT,
      'workflows/main.yaml': `kind: Workflow
functions:
  - nodename: echo
    funcname: echo
    args: ['\${inputs.size}', '\${inputs.format}', '\${inputs.token}']
    conditions: { executortype: script }
`,
    },
  })
  fs.chmodSync(path.join(root, 'bin/echo.mjs'), 0o755)
})
afterAll(() => rig[Symbol.asyncDispose]())

const SUBMIT = ['submit', '.', '--engine', 'local']

describe.skipIf(!HAS_TERMINAL)('in a terminal (needs python3)', () => {
  const env = () => ({ HOME: rig.root, CPM_HOME: rig.home, TOKEN: 'c4n4ry' })

  test('asks for missing inputs, again after an invalid answer, and does not echo secrets', async () => {
    const { code, shown } = await cpmAtTerminal(SUBMIT, {
      cwd: root,
      env: env(),
      dialogue: [
        ['integer> ', '8\r'],
        ['it must be at least 16', ''],
        ['integer> ', '32\r'],
        ['or a number of these> ', '2\r'],
        ['file:PATH> ', 'hunter2\r'],
        ['it is secret', ''],
        ['file:PATH> ', 'env:TOKEN\r'],
      ],
    })
    expect(shown).toMatch(/Size \(size\): Edge\s+at least 16, in px, for example 256/)
    expect(shown).toContain('1) png')
    expect(shown).toContain('echo: [32,"webp"]')
    expect(shown).not.toContain('hunter2')
    expect(shown).not.toContain('env:TOKEN')
    expect(code).toBe(0)
  })

  test('lists only the unanswered inputs when the user ends the dialog', async () => {
    const { code, shown } = await cpmAtTerminal(SUBMIT, {
      cwd: root,
      env: env(),
      dialogue: [
        ['integer> ', '32\r'],
        ['of these> ', '\x04'],
      ],
    })
    expect(shown).toContain('format is required')
    expect(shown).not.toContain('size is required')
    expect(code).toBe(2)
    const stopped = await cpmAtTerminal(SUBMIT, { cwd: root, env: env(), dialogue: [['integer> ', '\x03']] })
    expect(stopped.code).toBe(130)
  })

  test('asks nothing with --json, in a pipeline, or after an error', async () => {
    const options = { cwd: root, dialogue: [] }
    const json = await cpmAtTerminal([...SUBMIT, '--json'], { ...options, env: env() })
    const pipeline = await cpmAtTerminal(SUBMIT, { ...options, env: { ...env(), CI: 'true' } })
    const wrong = await cpmAtTerminal([...SUBMIT, '--set', 'sise=3'], { ...options, env: env() })
    for (const { code, shown } of [json, pipeline, wrong]) {
      expect(shown).toContain('size is required')
      expect(shown).not.toContain('integer>')
      expect(code).toBe(2)
    }
    expect(wrong.shown).toContain('did you mean size?')
  })
})

test('asks nothing without a terminal', async () => {
  const { code, stderr } = await rig.cpm(SUBMIT, { cwd: root, input: '32\n' })
  expect(code).toBe(2)
  expect(stderr).toContain('the inputs have 3 errors')
})
