import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { cpmAtTerminal, HAS_TERMINAL } from '../rig/terminal.ts'

/** A package whose node outputs its version. */
function greeter(
  id: string,
  dependencies: Record<string, string> = {},
): [string, Parameters<Rig['package']>[1] & object] {
  const [, version = ''] = id.split('@')
  return [
    id,
    {
      dependencies,
      functions: [{ executortype: 'x', name: 'say', command: ['bin/say'] }],
      files: {
        'bin/say': `#!/bin/sh\necho '["${version}"]' > "$CPM_OUTPUT"\n`,
        'workflows/main.yaml':
          'kind: Workflow\nfunctions:\n' +
          Object.keys(dependencies)
            .map((name) => `  - { $include: ${name}, $as: inner }\n`)
            .join('') +
          `  - { nodename: say, funcname: say, conditions: { executortype: x } }\n`,
      },
    },
  ]
}

let rig: Rig
/** a folder outside of any project */
let nowhere: string

beforeAll(async () => {
  rig = await Rig.create()
  nowhere = rig.path('nowhere')
  fs.mkdirSync(nowhere)
  await rig.publish(greeter('inner@1.0.0'), greeter('say@1.0.0', { inner: '^1.0.0' }))
})
afterAll(() => rig[Symbol.asyncDispose]())

async function submit(target: string, cwd = nowhere) {
  return await rig.cpm(['submit', target, '--engine', 'local'], { cwd })
}

test('a package that is not installed is fetched with its dependencies, and runs again without a registry', async () => {
  const first = await submit('say')
  expect(first.stderr).toContain(`fetching say@1.0.0 from ${rig.registry}`)
  expect(first.stdout).toContain('inner-say: ["1.0.0"]')
  expect(first.stdout).toContain(`say@1.0.0 (newest version in ${rig.registry}, proven)`)

  await rig.publish(greeter('say@1.1.0', { inner: '^1.0.0' }))
  expect((await submit('say')).stdout).toContain('say@1.0.0 (already fetched, proven)')
  expect((await submit('say@^1')).stdout).toContain(`say@1.1.0 (newest version within ^1 in ${rig.registry}, proven)`)

  fs.renameSync(rig.registry, `${rig.registry}.away`)
  try {
    expect((await submit('say')).stdout).toContain('say@1.1.0 (already fetched, proven)')
    expect((await submit('say@1.0.0')).stdout).toContain('say@1.0.0 (already fetched, proven)')
    expect(await submit('say@^1')).toMatchObject({ code: 8 })
  } finally {
    fs.renameSync(`${rig.registry}.away`, rig.registry)
  }
})

test('locked packages take precedence over folders, and folders over fetched packages', async () => {
  const project = rig.project({ dependencies: { inner: '^1.0.0' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  await rig.publish(greeter('inner@1.1.0'))
  expect((await submit('inner', project)).stdout).toContain('inner@1.0.0 (in colony.lock, proven)')
  expect((await submit('inner@>=1.1', project)).stdout).toContain('inner@1.1.0 (newest version within >=1.1 in')

  fs.cpSync(rig.package(...greeter('inner@9.0.0')), path.join(nowhere, 'inner'), { recursive: true })
  fs.chmodSync(path.join(nowhere, 'inner', 'bin', 'say'), 0o755)
  expect((await submit('inner')).stdout).toContain('inner@9.0.0 (a folder)')
})

test("a package is only looked for in its scope's registry, as the project defines it", async () => {
  const name = '@acme/inner'
  await rig.publish([`${name}@6.6.6`, {}])
  const project = rig.project()
  const ours = rig.path('ours')
  rig.write({ '.cpmrc': JSON.stringify({ registry: { scopes: { '@acme': ours } } }) }, project)
  const before = fs.readdirSync(path.join(rig.home, 'environments')).length
  const { code, stderr } = await submit(name, project)
  expect(code).toBe(8)
  expect(stderr).toContain(`there is no registry at ${ours}`)
  expect(fs.readdirSync(path.join(rig.home, 'environments'))).toHaveLength(before)
})

test('a file that was changed since is restored before anything runs', async () => {
  await submit('say@1.0.0')
  const shown = await rig.cpm('render say@1.0.0 --json', { cwd: nowhere })
  expect(shown.json.success).toBe(true)
  const environments = path.join(rig.home, 'environments')
  const [folder = ''] = fs
    .readdirSync(environments)
    .map((of) => path.join(environments, of, '1.0.0/colony_packages/say'))
    .filter((link) => fs.existsSync(link))
  const program = path.join(fs.realpathSync(folder), 'bin/say')
  fs.chmodSync(program, 0o755)
  fs.writeFileSync(program, `#!/bin/sh\necho '["stolen"]' > "$CPM_OUTPUT"\n`)
  const again = await submit('say@1.0.0')
  expect(again.stdout).not.toContain('stolen')
  expect(again.code).toBe(0)
})

test('reports a name that is nowhere', async () => {
  const env = { CPM_HOME: rig.path('new-home') }
  const onNewMachine = await rig.cpm('submit sya --engine local', { cwd: nowhere, env })
  expect(onNewMachine.code).toBe(7)
  expect(onNewMachine.stderr).toContain(
    'error[PACKAGE_NOT_FOUND]: sya is neither installed nor a folder with a colony.yaml, and no registry is configured\n' +
      '  hint: cpm init sya creates it here; --registry or CPM_REGISTRY looks in a registry',
  )
  const { code, stderr } = await submit('sya')
  expect(code).toBe(7)
  expect(stderr).toContain(`sya is neither installed nor a folder with a colony.yaml, and is not in ${rig.registry}`)
  expect((await submit('./sya')).stderr).toContain('./sya is neither a package nor a folder with a colony.yaml')
})

describe.skipIf(!HAS_TERMINAL)('in a terminal (needs python3)', () => {
  test('nothing is fetched without consent', async () => {
    await rig.publish(greeter('asked@1.0.0'))
    const env = { HOME: rig.root, CPM_HOME: rig.home }
    const ask = (answer: string) =>
      cpmAtTerminal(['render', 'asked'], { cwd: nowhere, env, dialogue: [['Fetch it from', answer]] })
    const refused = await ask('n\n')
    expect(refused).toMatchObject({ code: 7 })
    expect(refused.shown).toContain('asked@1.0.0 is not on this machine')
    const agreed = await ask('\n')
    expect(agreed).toMatchObject({ code: 0 })
    expect(agreed.shown).toContain('nodename: say')
  })
})

test('a version that is not published is reported with those that are, and with the locked one', async () => {
  await rig.publish(greeter('hello@1.0.0'), greeter('hello@2.0.0'))
  const errorOf = async (target: string, cwd = nowhere) => (await rig.cpm(`submit ${target} --engine local --json`, { cwd })).json.error // prettier-ignore
  expect(await errorOf('hello@9')).toMatchObject({
    code: 'PACKAGE_NOT_FOUND',
    message: `no version of hello matches 9; ${rig.registry} has 1.0.0, 2.0.0`,
    hint: 'use hello@2.0.0 instead',
  })
  const project = rig.project({ dependencies: { hello: '^1.0.0' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  expect(await errorOf('hello@9.0.0', project)).toMatchObject({
    message: `no version of hello matches 9.0.0; colony.lock has 1.0.0, ${rig.registry} has 1.0.0, 2.0.0`,
    hint: 'use hello@1.0.0 instead',
  })
  fs.renameSync(rig.registry, `${rig.registry}.away`)
  try {
    expect((await errorOf('hello@9', project))?.message).toMatch(
      /^hello is installed as 1\.0\.0, which does not match 9, and no registry is configured/,
    )
  } finally {
    fs.renameSync(`${rig.registry}.away`, rig.registry)
  }
})
