import fs from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../../src/core/pool.ts'
import { checkPackageManifest, readManifestText, requireManifest } from '../../src/package/manifest.ts'
import { checkTemplates } from '../../src/workflow/templates/check-templates.ts'
import { createLocalEngine } from '../../src/workflow/local/local-engine.ts'
import { givenSets } from '../../src/workflow/values/given-values.ts'
import { prepareWorkflow } from '../../src/workflow/prepare.ts'
import { RunRecords } from '../../src/workflow/runs/run-records.ts'
import { TemporaryFolder } from './rig.ts'

const EXAMPLES = path.resolve(import.meta.dirname, '../../examples')
const pool = createPool()
afterAll(() => pool.close())

function manifestOf(root: string) {
  return requireManifest(checkPackageManifest('colony.yaml', readManifestText(root), { unknownKeys: 'refuse' }))
    .manifest
}

async function submit(name: string, sets: string[], runs: string, packages?: string) {
  const root = path.join(EXAMPLES, name)
  const manifest = manifestOf(root)
  const { spec, source, release } = await prepareWorkflow({ pool, root, manifest, given: givenSets(sets) })
  const engine = createLocalEngine({ records: new RunRecords(runs), env: process.env })
  const { version, functions } = manifest
  const prepared = { run: release, package: { name, version }, workflow: source.file, spec, root, packages, functions }
  const { run } = await engine.submit(prepared)
  return await engine.watch(run)
}

test.each(fs.readdirSync(EXAMPLES))('%s is a valid package', (name) => {
  const root = path.join(EXAMPLES, name)
  const manifest = manifestOf(root)
  expect(manifest.name).toBe(name)
  expect(checkTemplates(root, manifest)).toEqual([])
})

test('hello greets and shouts', async () => {
  using folder = new TemporaryFolder()
  const { state, nodes } = await submit('hello', ['name=Ada', 'times=2'], folder.path)
  expect(state).toBe('successful')
  expect(nodes[1]?.out).toEqual(['HELLO, ADA!!!', 'HELLO, ADA!!!'])
})

test('thumbnails uses the tool of its dependency', async () => {
  using folder = new TemporaryFolder()
  const { state, nodes } = await submit('thumbnails', ['pattern=stripes', 'edge.small=4'], folder.path, EXAMPLES)
  expect(state).toBe('successful')
  const thumbnails = nodes[3]?.out as { file: string; edge: number }[]
  expect(thumbnails.map(({ edge }) => edge)).toEqual([4, 16])
  expect(fs.readFileSync(thumbnails[0]?.file ?? '', 'utf8')).toMatch(/^P2\n4 4\n255\n(?:\d+ \d+ \d+ \d+\n){4}$/)
})
