import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { EnvironmentVariables } from '../../../src/core/environment-variables.ts'
import { overridesOfSets } from '../../../src/workflow/values/value-overrides.ts'
import { inputsError, resolveInputs } from '../../../src/workflow/values/inputs.ts'
import { type KeptSecrets, LocalSecrets } from '../../../src/workflow/values/local-secrets.ts'
import { readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { parseSecretReference } from '../../../src/workflow/values/secret-reference.ts'
import { nameAfterNobody } from '../../../src/core/process-identity.ts'
import { COLONY_SECRETS, forExpressions, REFERENCES, type SecretPlan } from '../../../src/workflow/values/secrets.ts'
import { Rig } from '../../rig/rig.ts'
import { errorOf, TemporaryFolder, TestPackage } from '../rig.ts'

const CANARY = 'c4n4ry-7f3a'
const INPUTS = `inputs:
  - { key: store.token, type: string, secret: true }
  - { key: keys, type: list, items: { type: map, fields: [{ key: name, type: string }, { key: key, type: string, secret: true }] } }
`

test.each([
  ['secret:store-token', { kind: 'secret', name: 'store-token' }],
  ['secret:team/db.password', { kind: 'secret', name: 'team/db.password' }],
  ['env:STORE_TOKEN', { kind: 'env', name: 'STORE_TOKEN' }],
  ['file:~/a b', { kind: 'file', path: '~/a b' }],
])('%s is a reference', (text, reference) => {
  expect(parseSecretReference(text)).toEqual(reference)
})

test.each([
  '',
  'x',
  'secret:',
  'secret:a b',
  'secret:a\nb',
  'env:1A',
  'env:A-B',
  'file:',
  'file:a\0b',
  'FILE:x',
  'vault:x',
])('%j is not a reference', (text) => {
  expect(parseSecretReference(text)).toBeUndefined()
})

function localSecrets({ path: cwd }: TemporaryFolder, env: NodeJS.ProcessEnv, run = 'r1'): LocalSecrets {
  return new LocalSecrets({
    parent: path.join(cwd, 'secrets'),
    keyFile: path.join(cwd, 'secrets.key'),
    run,
    env: new EnvironmentVariables(env),
    cwd,
  })
}

function seen(plan: SecretPlan, sets: string[], values = ''): unknown {
  using sample = new TestPackage(INPUTS, values === '' ? {} : { 'values.yaml': values })
  const inputs = resolveInputs(readPackageInputs(sample.path, sample.manifest), overridesOfSets(sets))
  const { values: seenValues, problems } = forExpressions(inputs, plan)
  if (problems.length > 0) throw inputsError(problems)
  return seenValues
}

test('expressions see the reference if an executor resolves it', () => {
  const sets = ['store.token=secret:a', 'keys[0].key=secret:b', 'keys[0].name=n']
  const values = { store: { token: 'secret:a' }, keys: [{ name: 'n', key: 'secret:b' }] }
  expect(seen(COLONY_SECRETS, sets)).toEqual(values)
  expect(seen(REFERENCES, sets)).toEqual(values)
})

test('a package may name secrets of a colony, but not of this machine', async () => {
  expect(seen(REFERENCES, [], 'store: { token: secret:a }\n')).toMatchObject({ store: { token: 'secret:a' } })
  for (const values of ['store: { token: env:HOME }\n', 'store: { token: file:/etc/passwd }\n'])
    expect((await errorOf(() => seen(REFERENCES, [], values))).message).toContain(
      'values.yaml:1:10 store.token is secret: only secret:NAME is allowed here',
    )
})

test("a reference that the engine can't resolve is refused with its place", async () => {
  using folder = new TemporaryFolder()
  const local = localSecrets(folder, {})
  const messageOf = async (plan: SecretPlan, set: string) => (await errorOf(() => seen(plan, [set]))).message
  expect(await messageOf(COLONY_SECRETS, 'store.token=env:A')).toContain(
    '--set: store.token is in a variable on this machine',
  )
  expect(await messageOf(COLONY_SECRETS, 'keys[0].key=file:a')).toContain(
    '--set: keys[0].key is in a file on this machine',
  )
  expect(await messageOf(local, 'store.token=secret:a')).toContain('can be resolved only in a colony')
  expect(await messageOf(local, 'store.token=env:A')).toContain('the environment variable A is missing')
  expect(await messageOf(local, 'store.token=file:none')).toContain('there is no such file')
  expect(await messageOf(local, 'store.token=file:.')).toContain('not a regular file')
  expect(fs.readdirSync(folder.path)).toEqual([])
})

test('on this machine, each value is in a separate file, which is removed afterwards', () => {
  using folder = new TemporaryFolder().write({ 'in/key': `${CANARY}\n` })
  const parent = path.join(folder.path, 'secrets')
  const secrets = localSecrets(folder, { TOKEN: CANARY, HOME: path.join(folder.path, 'in') })
  const values = seen(secrets, ['store.token=env:TOKEN', 'keys[0].key=file:in/key', 'keys[1].key=file:~/key']) as {
    store: { token: string }
    keys: { key: string }[]
  }
  expect(JSON.stringify(values)).not.toContain(CANARY)
  secrets.place()
  const files = [values.store.token, ...values.keys.map(({ key }) => key)]
  expect(files.map((file) => fs.readFileSync(file, 'utf8'))).toEqual([CANARY, `${CANARY}\n`, `${CANARY}\n`])
  for (const file of files) expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  expect(fs.statSync(path.dirname(files[0] ?? '')).mode & 0o777).toBe(0o700)
  secrets.remove()
  expect(fs.readdirSync(parent)).toEqual([])
  expect(fs.readdirSync(folder.path).sort()).toEqual(['in', 'secrets', 'secrets.key'])
})

test('files of a killed process are removed by the next one, but not those of a running process', () => {
  using folder = new TemporaryFolder()
  const parent = path.join(folder.path, 'secrets')
  const secrets = localSecrets(folder, { TOKEN: CANARY })
  const { store } = seen(secrets, ['store.token=env:TOKEN']) as { store: { token: string } }
  secrets.place()
  // The name that an ended process of this machine would have used.
  const left = path.join(parent, nameAfterNobody('0'))
  fs.mkdirSync(left)
  fs.writeFileSync(path.join(left, '1-token'), CANARY)
  fs.symlinkSync(left, path.join(parent, 'r0'))
  localSecrets(folder, {})
  expect(fs.readdirSync(parent).filter((name) => name.startsWith('r') || name === path.basename(left))).toEqual(['r1'])
  expect(fs.readFileSync(store.token, 'utf8')).toBe(CANARY)
  secrets.remove()
})

describe('a retry', () => {
  /** Secrets of an ended run r1: the value of a variable and that of a file. */
  function earlier(folder: TemporaryFolder) {
    folder.write({ key: 'from a file' })
    const first = localSecrets(folder, { TOKEN: CANARY })
    const sets = ['store.token=env:TOKEN', 'keys[0].key=file:key']
    const { store, keys } = seen(first, sets) as { store: { token: string }; keys: { key: string }[] }
    first.place()
    const { kept } = first
    first.remove()
    if (!kept) throw new Error('nothing was kept')
    return { kept, paths: [store.token, ...keys.map(({ key }) => key)] }
  }
  const again = (folder: TemporaryFolder, kept: KeptSecrets, env: NodeJS.ProcessEnv) => {
    const secrets = localSecrets(folder, env, 'r2')
    secrets.again(kept)
    return secrets
  }

  test('puts the values at the same paths, and reads them from the same sources', () => {
    using folder = new TemporaryFolder()
    const { kept, paths } = earlier(folder)
    expect(JSON.stringify(kept)).not.toContain(CANARY)
    expect(kept.files.map(({ reference }) => reference)).toEqual(['env:TOKEN', `file:${path.join(folder.path, 'key')}`])
    const secrets = again(folder, kept, { TOKEN: CANARY })
    secrets.place()
    expect(paths.map((file) => fs.readFileSync(file, 'utf8'))).toEqual([CANARY, 'from a file'])
    expect(secrets.kept).toEqual(kept)
    expect(fs.statSync(path.join(folder.path, 'secrets.key')).mode & 0o777).toBe(0o600)
    secrets.remove()
    expect(paths.some((file) => fs.existsSync(file))).toBe(false)
  })

  test('is refused if a value is missing or has changed, and leaves no files behind', async () => {
    using folder = new TemporaryFolder()
    const { kept } = earlier(folder)
    folder.write({ key: 'another' })
    const secrets = again(folder, kept, {})
    const error = await errorOf(() => {
      secrets.place()
    })
    expect(error).toMatchObject({ code: 'INPUT_INVALID' })
    expect(error.message.split('\n').slice(1)).toEqual([
      '  store.token, which was env:TOKEN, is not set: the environment variable TOKEN is missing or empty',
      `  keys[0].key, file:${path.join(folder.path, 'key')}, has a different value now`,
    ])
    secrets.remove()
    expect(fs.readdirSync(path.join(folder.path, 'secrets'))).toEqual([])
  })

  test("has a record that can't be used to test guesses of a value without the key", () => {
    using folder = new TemporaryFolder()
    using other = new TemporaryFolder()
    const marks = [folder, other].map((one) => earlier(one).kept.files.map(({ mark }) => mark))
    expect(new Set(marks.flat()).size).toBe(4)
  })

  test('is refused if another process replaced the link of a killed one a moment earlier', async () => {
    using folder = new TemporaryFolder()
    const { kept, paths } = earlier(folder)
    const parent = path.join(folder.path, 'secrets')
    const link = path.join(parent, 'r1')
    const secrets = [again(folder, kept, { TOKEN: CANARY }), again(folder, kept, { TOKEN: CANARY })]
    const [first, second] = secrets as [LocalSecrets, LocalSecrets]
    const rename = fs.renameSync
    fs.symlinkSync(path.join(parent, nameAfterNobody('0')), link)
    const spy = vi.spyOn(fs, 'renameSync').mockImplementationOnce((from, to) => {
      first.place()
      rename(from, to)
    })
    const error = await errorOf(() => {
      second.place()
    })
    spy.mockRestore()
    expect(error.code).toBe('RUN_ACTIVE')
    second.remove()
    expect(paths.map((file) => fs.readFileSync(file, 'utf8'))).toEqual([CANARY, 'from a file'])
    first.remove()
    expect(fs.readdirSync(parent)).toEqual([])
  })

  test('is refused while another process uses the secrets of the run', async () => {
    using folder = new TemporaryFolder()
    const { kept, paths } = earlier(folder)
    const [first, second] = [again(folder, kept, { TOKEN: CANARY }), again(folder, kept, { TOKEN: CANARY })]
    first.place()
    const error = await errorOf(() => {
      second.place()
    })
    expect(error.code).toBe('RUN_ACTIVE')
    second.remove()
    expect(paths.every((file) => fs.existsSync(file))).toBe(true)
    first.remove()
  })
})

test('D10 a node reads the value from its file, also in a retry; outputs, records and errors never contain it', async () => {
  await using rig = await Rig.create()
  const script = `#!/usr/bin/env node
import fs from 'node:fs'
const file = process.env.TOKEN_FILE
const read = fs.readFileSync(file, 'utf8')
fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([read.length, (fs.statSync(file).mode & 0o777).toString(8), file]))
console.log(process.argv.join(' '), JSON.stringify(process.env), fs.readFileSync(0, 'utf8'))
if (process.env.FAIL === 'true' && !fs.existsSync(process.env.CPM_PACKAGE + '/mended')) process.exit(3)
`
  const root = rig.package('sample@1.0.0', {
    inputs: [
      { key: 'store.token', type: 'string', secret: true, required: true },
      { key: 'fail', type: 'boolean', default: false },
    ],
    functions: [{ executortype: 'script', name: 'use', command: ['bin/use.mjs'] }],
    files: {
      'workflows/main.yaml': `kind: Workflow
functions:
  - nodename: use
    funcname: use
    args: ['\${inputs.store.token}', '\${inputs}']
    kwargs: { token: '\${"x" + inputs.store.token}' }
    env: { TOKEN_FILE: '\${inputs.store.token}', FAIL: '\${string(inputs.fail)}' }
    conditions: { executortype: script }
`,
    },
  })
  rig.write({ 'bin/use.mjs': script }, root)
  fs.chmodSync(path.join(root, 'bin/use.mjs'), 0o755)
  const everything: string[] = []
  const submit = async (args: string) => {
    const result = await rig.cpm(`submit ${root} --engine local --debug ${args}`, { env: { STORE_TOKEN: CANARY } })
    everything.push(result.stdout, result.stderr)
    return result
  }
  const good = await submit('--set store.token=env:STORE_TOKEN --json')
  expect(good.code).toBe(0)
  const [length, mode, file] = (good.json.data as { nodes: { out: [number, string, string] }[] }).nodes[0]?.out ?? []
  expect([length, mode]).toEqual([CANARY.length, '600'])
  expect(fs.existsSync(file ?? '')).toBe(false)
  expect((await submit('--set store.token=env:STORE_TOKEN --set fail=true')).code).toBe(10)
  const retry = async (env: Record<string, string>) => {
    const result = await rig.cpm('workflow retry --debug --json', { env })
    everything.push(result.stdout, result.stderr)
    return result
  }
  rig.write({ mended: '' }, root)
  expect((await retry({})).json.error?.message).toContain('store.token, which was env:STORE_TOKEN, is not set')
  const again = await retry({ STORE_TOKEN: CANARY })
  expect(again.json.data).toMatchObject({
    state: 'successful',
    nodes: [{ out: [CANARY.length, '600', expect.any(String)] }],
  })
  expect((await submit(`--set store.token=${CANARY}`)).code).toBe(2)
  expect((await submit(`--set-json store.token="${CANARY}"`)).code).toBe(2)
  expect((await submit(`--set-string store.tokn=${CANARY} --events`)).code).toBe(2)
  expect(rig.files(path.join(rig.home, 'secrets'))).toEqual([])
  for (const name of rig.files(rig.root)) everything.push(fs.readFileSync(rig.path(name), 'latin1'))
  expect(everything.length).toBeGreaterThan(15)
  expect(everything.filter((text) => text.includes(CANARY))).toEqual([])
})
