import fs from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { processEnvironment } from '../../src/core/environment-variables.ts'
import { createPool } from '../../src/core/pool.ts'
import { checkPackageManifest, readManifestBytes, requireManifest } from '../../src/package/manifest.ts'
import { createLocalEngine } from '../../src/engines/local/local-engine.ts'
import { localFunctions } from '../../src/engines/local/local-functions.ts'
import { prepareWorkflow } from '../../src/workflow/prepare.ts'
import { RunRecords } from '../../src/engines/runs/run-records.ts'
import { checkTemplates } from '../../src/workflow/templates/check-templates.ts'
import { runTests } from '../../src/workflow/tests/run-tests.ts'
import { overridesOfSets } from '../../src/workflow/values/value-overrides.ts'
import { TemporaryFolder } from './rig.ts'

/** Also used as the folder of installed packages, so that each example finds the others. */
const EXAMPLES = path.resolve(import.meta.dirname, '../../examples')
const pool = createPool()
afterAll(() => pool.close())

function manifestOf(root: string) {
  return requireManifest(checkPackageManifest('colony.yaml', readManifestBytes(root), { unknownKeys: 'refuse' }))
    .manifest
}

async function submit(name: string, sets: string[], runs: string) {
  const root = path.join(EXAMPLES, name)
  const manifest = manifestOf(root)
  const overrides = overridesOfSets(sets)
  const { spec, source, release } = await prepareWorkflow({ pool, root, manifest, overrides, packages: EXAMPLES })
  const engine = createLocalEngine({ records: new RunRecords(runs), env: processEnvironment })
  const { version } = manifest
  const functions = localFunctions(root, manifest, EXAMPLES)
  const { run } = await engine.submit({
    run: release,
    package: { name, version },
    workflow: source.file,
    spec,
    root,
    functions,
    packages: EXAMPLES,
  })
  const { state, nodes } = await engine.watch(run)
  return { state, outputs: new Map(nodes.map(({ nodename, out }) => [nodename, out])) }
}

test.each(fs.readdirSync(EXAMPLES).filter((name) => fs.existsSync(path.join(EXAMPLES, name, 'colony.yaml'))))(
  '%s is a valid package that passes its own tests',
  async (name) => {
    const root = path.join(EXAMPLES, name)
    const manifest = manifestOf(root)
    expect(manifest.name).toBe(name)
    expect(checkTemplates(root, manifest, EXAMPLES)).toEqual([])
    const options = { pool, root, manifest, packages: EXAMPLES, update: false, seed: 1, rounds: 3 }
    const report = await runTests(options)
    if ('problems' in report) throw new Error(JSON.stringify(report.problems))
    expect(report.tests.flatMap(({ failures }) => failures)).toEqual([])
    expect(report.generated.filter(({ failure }) => failure)).toEqual([])
    if (fs.existsSync(path.join(root, 'workflows'))) expect(report.tests.length).toBeGreaterThan(0)
  },
)

test('hello greets and shouts', async () => {
  using folder = new TemporaryFolder()
  const { state, outputs } = await submit('hello', ['name=Ada', 'times=2'], folder.path)
  expect(state).toBe('successful')
  expect(outputs.get('shout')).toEqual(['HELLO, ADA!!!', 'HELLO, ADA!!!'])
})

test('thumbnails uses the tool of its dependency', async () => {
  using folder = new TemporaryFolder()
  const sets = ['pattern=stripes', 'sizes[0].name=tiny', 'sizes[0].edge=4']
  const { state, outputs } = await submit('thumbnails', sets, folder.path)
  expect(state).toBe('successful')
  const thumbnails = outputs.get('list') as { file: string; edge: number }[]
  expect(thumbnails.map(({ edge }) => edge)).toEqual([4, 16])
  expect(fs.readFileSync(thumbnails[0]?.file ?? '', 'utf8')).toMatch(/^P2\n4 4\n255\n(?:\d+ \d+ \d+ \d+\n){4}$/)
})

test('gallery runs the workflows of two other packages, each with its own functions', async () => {
  using folder = new TemporaryFolder()
  const { state, outputs } = await submit('gallery', ['owner=Grace', 'sweep.keep=2'], folder.path)
  expect(state).toBe('successful')
  expect(outputs.get('page')).toEqual([
    'The gallery of Grace\npicture of 8 pixels\npicture of 16 pixels\npoint 0, 0\npoint 1, 0',
  ])
})

test('training passes its state from part to part', async () => {
  using folder = new TemporaryFolder()
  const { state, outputs } = await submit('training', ['parts=2', 'epochs=4'], folder.path)
  expect(state).toBe('successful')
  expect(outputs.get('report')).toEqual([{ epoch: 4, loss: 0.0625 }])
})

test('wordcount starts its script with its data, as a container executor does', async () => {
  using folder = new TemporaryFolder()
  const { state, outputs } = await submit('wordcount', [], folder.path)
  expect(state).toBe('successful')
  expect(outputs.get('count-1')).toEqual(['14 words, most often apple: 2'])
})
