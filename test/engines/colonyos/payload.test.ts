import { expect, test } from 'vitest'
import { checkSpec } from '../../../src/workflow/specs/checks.ts'
import {
  type FindIdentity,
  labelOf,
  NOT_UPLOADED,
  type PayloadUploader,
  type Upload,
  uploadAll,
  withPayload,
} from '../../../src/engines/colonyos/payload.ts'
import { errorOf } from '../../workflow/rig.ts'
import { type MemoryPackage, render } from '../../workflow/templates/harness.ts'

const TREE = `blake3:${'ab'.repeat(32)}`
const identityOf: FindIdentity = (name) =>
  name === 'unpublished' ? undefined : { name, version: '1.0.0', tree: `${TREE}${name}`, registry: { id: 'r1' } }

const node = (name: string, rest = '') =>
  `  - { nodename: ${name}, funcname: f, conditions: { executortype: x }${rest} }\n`
const workflow = (payload: string, nodes: string) => `kind: Workflow\n${payload}functions:\n${nodes}`

function rendered(packages: MemoryPackage[]) {
  const { root, problems } = render(packages)
  if (!root) throw new Error(JSON.stringify(problems))
  const { spec, problems: wrong } = checkSpec(root)
  if (spec?.kind !== 'Workflow') throw new Error(JSON.stringify(wrong))
  return { spec, root }
}

test.each(['', 'payload: none\n', 'payload: image\n'])('with %j nodes stay unchanged', (payload) => {
  const { spec, root } = rendered([{ files: { 'main.yaml': workflow(payload, node('a')) } }])
  expect(withPayload(spec, root, () => undefined)).toEqual({ spec, uploads: [] })
})

test('with cpm each node names its release, its registry and its tree', () => {
  const { spec, root } = rendered([
    { files: { 'main.yaml': workflow('payload: cpm\n', node('a', ', kwargs: { k: 1 }')) } },
  ])
  const { spec: sent, uploads } = withPayload(spec, root, identityOf)
  expect(sent.functions[0]?.kwargs).toEqual({
    k: 1,
    cpm: { name: 'p', version: '1.0.0', tree: `${TREE}p`, registry: { id: 'r1' } },
  })
  expect(uploads).toEqual([])
})

test('with colonyfs the files are uploaded once, under the label of the tree, and nodes refer to the snapshot', async () => {
  const { spec, root } = rendered([{ files: { 'main.yaml': workflow('payload: colonyfs\n', node('a') + node('b')) } }])
  const payloaded = withPayload(spec, root, identityOf)
  const label = labelOf(`${TREE}p`)
  expect(label).toMatch(/^\/cpm\/blake3\/abab/)
  const mount = { label, dir: '/cpm/{processid}', keepfiles: false, keepsnapshot: true }
  expect(payloaded.spec.functions[1]?.fs).toEqual({
    mount: '/cfs',
    snapshots: [{ ...mount, snapshotid: NOT_UPLOADED }],
  })
  const steps: string[] = []
  const uploader: PayloadUploader = {
    plan: (upload) => {
      steps.push(`plan ${upload.label}`)
      return Promise.resolve({ send: () => Promise.resolve((steps.push(`send ${upload.label}`), 's1')) })
    },
  }
  const sent = await uploadAll(payloaded, () => Promise.resolve(uploader))
  expect(steps).toEqual([`plan ${label}`, `send ${label}`])
  expect(sent.functions.map(({ fs }) => fs?.snapshots)).toEqual([
    [{ ...mount, snapshotid: 's1' }],
    [{ ...mount, snapshotid: 's1' }],
  ])
})

test("the author's own ColonyFS entries of a node are kept", async () => {
  const own = ', fs: { mount: /data, snapshots: [{ label: /mine, dir: /m }], dirs: [{ label: /out, dir: /o }] }'
  const { spec, root } = rendered([{ files: { 'main.yaml': workflow('payload: colonyfs\n', node('a', own)) } }])
  const plan = () => Promise.resolve({ send: () => Promise.resolve('s1') })
  const sent = await uploadAll(withPayload(spec, root, identityOf), () => Promise.resolve({ plan }))
  expect(sent.functions[0]?.fs).toMatchObject({
    mount: '/data',
    snapshots: [{ label: '/mine', dir: '/m' }, { snapshotid: 's1' }],
    dirs: [{ label: '/out' }],
  })
})

test('everything is checked before anything is sent, and without files no uploader is opened', async () => {
  const tools = { name: 'tools', files: { 'main.yaml': workflow('payload: colonyfs\n', node('t')) } }
  const main = {
    files: { 'main.yaml': workflow('payload: colonyfs\n', `${node('a')}  - $include: tools\n`) },
    dependencies: ['tools'],
  }
  const { spec, root } = rendered([main, tools])
  let sent = 0
  const plan = ({ package: of }: Upload) =>
    of.name === 'tools'
      ? Promise.reject(new Error('too large'))
      : Promise.resolve({ send: () => Promise.resolve(String(++sent)) })
  const upload = () => uploadAll(withPayload(spec, root, identityOf), () => Promise.resolve({ plan }))
  await expect(upload()).rejects.toThrow('too large')
  expect(sent).toBe(0)
  const none = rendered([{ files: { 'main.yaml': workflow('', node('a')) } }])
  const nobody = () => Promise.reject(new Error('opened'))
  expect(await uploadAll(withPayload(none.spec, none.root, identityOf), nobody)).toEqual(none.spec)
})

test('an included workflow keeps its own payload, and its nodes belong to its package', () => {
  const tools = { name: 'tools', files: { 'main.yaml': workflow('payload: cpm\n', node('t')) } }
  const main = { files: { 'main.yaml': workflow('', `${node('a')}  - $include: tools\n`) }, dependencies: ['tools'] }
  const { spec, root } = rendered([main, tools])
  const { functions } = withPayload(spec, root, identityOf).spec
  expect(functions.map(({ kwargs }) => (kwargs.cpm as { name: string } | undefined)?.name)).toEqual([
    undefined,
    'tools',
  ])
})

test("a package that was never published can't be fetched", async () => {
  const { spec, root } = rendered([
    { name: 'unpublished', files: { 'main.yaml': workflow('payload: cpm\n', node('a')) } },
  ])
  const error = await errorOf(() => withPayload(spec, root, identityOf))
  expect(error.message).toBe('payload: cpm needs a published release of unpublished, but this is a folder')
})

test.each([
  [workflow('payload: cpm\n', node('a', ', kwargs: { cpm: 1 }')), 'kwargs.cpm is reserved for payload: cpm'],
  [workflow('payload: cpn\n', node('a')), 'payload must be one of none, image, cpm, colonyfs'],
  [
    workflow('payload: cpm\n', node('a')).replace('Workflow', 'Generator\nname: g\ntrigger: 1'),
    'a generator replaces the kwargs of nodes without dependencies',
  ],
])('refuses %j', (text, message) => {
  const { root } = render([{ files: { 'main.yaml': text } }])
  if (!root) throw new Error('not rendered')
  expect(
    checkSpec(root)
      .problems.map((problem) => problem.message)
      .join(),
  ).toContain(message)
})
