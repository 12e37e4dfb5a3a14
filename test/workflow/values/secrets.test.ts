import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { givenSets } from '../../../src/workflow/values/given-values.ts'
import { resolveInputs } from '../../../src/workflow/values/inputs.ts'
import { LocalSecrets } from '../../../src/workflow/values/local-secrets.ts'
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
])('%j is none', (text) => {
  expect(parseSecretReference(text)).toBeUndefined()
})

function seen(plan: SecretPlan, sets: string[], values = ''): unknown {
  using sample = new TestPackage(INPUTS, values === '' ? {} : { 'values.yaml': values })
  const inputs = resolveInputs(readPackageInputs(sample.path, sample.manifest), givenSets(sets))
  return forExpressions(inputs, plan)
}

test('expressions see the reference where an executor resolves it', () => {
  const sets = ['store.token=secret:a', 'keys[0].key=secret:b', 'keys[0].name=n']
  const values = { store: { token: 'secret:a' }, keys: [{ name: 'n', key: 'secret:b' }] }
  expect(seen(COLONY_SECRETS, sets)).toEqual(values)
  expect(seen(REFERENCES, sets)).toEqual(values)
})

test('a package may name secrets of a colony, and nothing of this machine', async () => {
  expect(seen(REFERENCES, [], 'store: { token: secret:a }\n')).toMatchObject({ store: { token: 'secret:a' } })
  for (const values of ['store: { token: env:HOME }\n', 'store: { token: file:/etc/passwd }\n'])
    expect((await errorOf(() => seen(REFERENCES, [], values))).message).toContain(
      'values.yaml:1:10 store.token is secret, and a package can’t choose what is read on your machine',
    )
})

test('a reference that is of no use for the engine is refused where it was written', async () => {
  using folder = new TemporaryFolder()
  const local = new LocalSecrets({ parent: folder.path, env: {}, cwd: folder.path })
  const messageOf = async (plan: SecretPlan, set: string) => (await errorOf(() => seen(plan, [set]))).message
  expect(await messageOf(COLONY_SECRETS, 'store.token=env:A')).toContain(
    '--set: store.token is in a variable of this machine',
  )
  expect(await messageOf(COLONY_SECRETS, 'keys[0].key=file:a')).toContain(
    '--set: keys[0].key is in a file of this machine',
  )
  expect(await messageOf(local, 'store.token=secret:a')).toContain('is known to the executors of a colony only')
  expect(await messageOf(local, 'store.token=env:A')).toContain('the environment has no A')
  expect(await messageOf(local, 'store.token=file:none')).toContain('there is no such file')
  expect(await messageOf(local, 'store.token=file:.')).toContain('not a regular file')
  expect(fs.readdirSync(folder.path)).toEqual([])
})

test('on this machine each value lies in a file of its own, which goes away', () => {
  using folder = new TemporaryFolder().write({ 'in/key': `${CANARY}\n` })
  const parent = path.join(folder.path, 'secrets')
  const env = { TOKEN: CANARY, HOME: path.join(folder.path, 'in') }
  const secrets = new LocalSecrets({ parent, env, cwd: folder.path })
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
})

test('what a killed process left goes away with the next', () => {
  using folder = new TemporaryFolder()
  // As a process of this machine that has ended would have called it.
  const left = path.join(folder.path, nameAfterNobody('0'))
  fs.mkdirSync(left)
  fs.writeFileSync(path.join(left, '1-token'), CANARY)
  new LocalSecrets({ parent: folder.path, env: {}, cwd: folder.path })
  expect(fs.existsSync(left)).toBe(false)
})

test('a node reads the value from its file, and it is nowhere else: not in outputs, records or errors', async () => {
  await using rig = await Rig.create()
  const script = `#!/usr/bin/env node
import fs from 'node:fs'
const file = process.env.TOKEN_FILE
const read = fs.readFileSync(file, 'utf8')
fs.writeFileSync(process.env.CPM_OUTPUT, JSON.stringify([read.length, (fs.statSync(file).mode & 0o777).toString(8), file]))
console.log(process.argv.join(' '), JSON.stringify(process.env), fs.readFileSync(0, 'utf8'))
if (process.env.FAIL === 'true') process.exit(3)
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
  expect((await submit(`--set store.token=${CANARY}`)).code).toBe(2)
  expect((await submit(`--set-json store.token="${CANARY}"`)).code).toBe(2)
  expect((await submit(`--set-string store.tokn=${CANARY} --events`)).code).toBe(2)
  expect(rig.files(path.join(rig.home, 'secrets'))).toEqual([])
  for (const name of rig.files(rig.root)) everything.push(fs.readFileSync(rig.path(name), 'latin1'))
  expect(everything.length).toBeGreaterThan(15)
  expect(everything.filter((text) => text.includes(CANARY))).toEqual([])
})
