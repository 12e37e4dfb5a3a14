import fs from 'node:fs'
import { parse } from 'yaml'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

test('render shows what would be submitted and where it came from; test runs what the package says of it', async () => {
  await using rig = await Rig.create()
  await rig.cpm('init hello')
  const shown = await rig.cpm('render hello --set name=Ada')
  expect(shown.code).toBe(0)
  expect(parse(shown.stdout)).toMatchObject({ kind: 'Workflow', functions: [{ nodename: 'greet', args: ['Ada'] }] })

  const written = await rig.cpm('render hello --source -o spec.yaml')
  expect(written.code).toBe(0)
  expect(fs.readFileSync(rig.path('spec.yaml'), 'utf8')).toContain(
    '- world # workflows/main.yaml:5:12 reads inputs.name',
  )

  fs.writeFileSync(
    rig.path('hello/workflows/nightly.yaml'),
    'kind: Cron\nname: nightly\ninterval: 60\nfunctions: [{ $include: _greet.yaml }]\n',
  )
  fs.writeFileSync(
    rig.path('hello/workflows/_greet.yaml'),
    "{ nodename: greet, funcname: greet, args: ['${inputs.name}'], conditions: { executortype: script } }\n",
  )
  const all = await rig.cpm('render hello --all --source -o -')
  const streams = all.stdout.split('---\n')
  expect(streams.map((text) => text.split('\n')[0])).toEqual(['# workflows/main.yaml', '# workflows/nightly.yaml'])
  expect(streams.map((text) => (parse(text) as { kind: string }).kind)).toEqual(['Workflow', 'Cron'])
  expect(streams[1]).toContain(
    '- world # workflows/_greet.yaml:1:44 reads inputs.name, included at workflows/nightly.yaml:4:25',
  )
  const { json } = await rig.cpm('render hello --all --json')
  expect(json.data).toMatchObject({ documents: [{ spec: { kind: 'Workflow' } }, { spec: { kind: 'Cron' } }] })
  expect((await rig.cpm('render hello --all --workflow nightly')).code).toBe(2)

  fs.mkdirSync(rig.path('hello/tests'), { recursive: true })
  const tests = (name: string) =>
    `cases:\n  - name: greets Ada\n    values: { name: Ada }\n    assert: [{ 'functions[0].args': [${name}] }]\n`
  fs.writeFileSync(rig.path('hello/tests/main.yaml'), tests('Ada'))
  const passed = await rig.cpm('test hello --rounds 3')
  expect(passed.stdout).toContain('✓ tests/main.yaml greets Ada')
  expect(passed.stdout).toContain('3 sets of generated values (seed 1)')
  fs.writeFileSync(rig.path('hello/tests/main.yaml'), tests('Bob'))
  const failed = await rig.cpm('test hello --rounds 0')
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain('tests/main.yaml:4:14 functions[0].args should be ["Bob"], but it is ["Ada"]')
})
