import { expect, test } from 'vitest'
import {
  type FindInputs,
  dependencyProblems,
  overridesFor,
  inputsInFolder,
} from '../../../src/workflow/values/dependency-inputs.ts'
import { readOverrides, type ValuesOptions, withProject } from '../../../src/workflow/values/value-overrides.ts'
import { resolveInputs } from '../../../src/workflow/values/inputs.ts'
import { readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { checkTemplates } from '../../../src/workflow/templates/check-templates.ts'
import { errorOf, TemporaryFolder, TestPackage } from '../rig.ts'

const MANIFEST = `dependencies: { image-tools: ^1.0.0, '@org/other': '*' }
inputs: [{ key: size, type: integer, default: 1 }]`
const TOOLS = `apiVersion: v1
name: image-tools
version: 1.0.0
dependencies: { codecs: '*' }
inputs:
  - { key: quality, type: integer, max: 100 }
  - { key: format, type: string, default: png }
  - { key: keep.alpha, type: boolean, required: true }
`
const CODECS = 'apiVersion: v1\nname: codecs\nversion: 1.0.0\ninputs: [{ key: speed, type: integer }]\n'

/** A package whose dependencies are installed. */
function sampleWith(values: string, more: Record<string, string> = {}): TestPackage {
  return new TestPackage(MANIFEST, {
    'values.yaml': values,
    'colony_packages/image-tools/colony.yaml': TOOLS,
    'colony_packages/image-tools/values.yaml': 'quality: 50\n',
    'colony_packages/codecs/colony.yaml': CODECS,
    ...more,
  })
}

function resolve(sample: TestPackage, options: ValuesOptions = {}) {
  const overrides = readOverrides(sample.path, options)
  const user = resolveInputs(readPackageInputs(sample.path, sample.manifest), overrides)
  const find = inputsInFolder(`${sample.path}/colony_packages`)
  return { user, find }
}

function toolsOf(user: ReturnType<typeof resolve>['user'], find: FindInputs) {
  const declared = find('image-tools')
  if (!declared) throw new Error('image-tools is not installed')
  return resolveInputs(declared, overridesFor(user, 'image-tools'))
}

test('a dependency gets the values under its name from every layer', () => {
  using sample = sampleWith('image-tools: { format: webp, keep: { alpha: true } }\n', {
    'prod.yaml': 'image-tools: { quality: 60 }\n',
  })
  const first = resolve(sample)
  expect(toolsOf(first.user, first.find).values).toEqual({ quality: 50, format: 'webp', keep: { alpha: true } })
  const { user, find } = resolve(sample, {
    values: ['prod.yaml'],
    set: ['size=3', 'image-tools.keep.alpha=false'],
    setJson: ['image-tools.format=null'],
  })
  expect(user.values).toEqual({ size: 3 })
  expect(toolsOf(user, find).values).toEqual({ quality: 60, keep: { alpha: false } })
  expect(dependencyProblems(user, find)).toEqual([])
})

test('values for the dependency of a dependency are nested under its name', () => {
  using sample = sampleWith('image-tools: { keep: { alpha: true }, codecs: { speed: 3 } }\n')
  const { user, find } = resolve(sample, { set: ['image-tools.codecs.speed=4'] })
  const tools = toolsOf(user, find)
  const codecs = find('codecs')
  expect(codecs && resolveInputs(codecs, overridesFor(tools, 'codecs')).values).toEqual({ speed: 4 })
})

test('a project sets values for its packages, which the command line overrides', () => {
  using project = new TemporaryFolder().write({
    'values.yaml': 'sample: { size: 7, image-tools: { quality: 70, keep: { alpha: true } } }\n',
  })
  using sample = sampleWith('image-tools: { quality: 60 }\n')
  const declared = readPackageInputs(sample.path, sample.manifest)
  const find = inputsInFolder(`${sample.path}/colony_packages`)
  const of = (set: string[], values: string[] = []) =>
    resolveInputs(
      declared,
      withProject(readOverrides(sample.path, { set, values }), { cwd: project.path, project: project.path }, 'sample'),
    )
  expect(of([]).values).toEqual({ size: 7 })
  expect(of([]).layers.map((layer) => layer.origin(['size']).label)).toEqual([
    'colony.yaml',
    'values.yaml',
    './values.yaml',
  ])
  expect(of(['size=8']).values).toEqual({ size: 8 })
  sample.write({ 'prod.yaml': 'size: 9\n' })
  expect(of([], ['prod.yaml']).values).toEqual({ size: 9 })
  expect(toolsOf(of([]), find).values).toMatchObject({ quality: 70 })
})

test('values that do not fit a dependency are reported with their places, at every depth', () => {
  using sample = sampleWith('image-tools:\n  qualty: 3\n  quality: 101\n  codecs: { speed: fast }\n', {
    'prod.yaml': '"@org/other": { anything: 1 }\nimage-tools: 5\n',
  })
  const { user, find } = resolve(sample, {
    values: ['prod.yaml'],
    set: ['image-tools.formatt=x', 'image-tools=4', 'image-tools.codecs.speed=x'],
  })
  expect(
    dependencyProblems(user, find).map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
  ).toEqual([
    'prod.yaml:2:1 the values for image-tools must be a map',
    'undefined:undefined:undefined --set: image-tools is a package: set its inputs, such as image-tools.key',
    'values.yaml:2:3 image-tools.qualty is not a declared input; did you mean quality?',
    'values.yaml:3:3 image-tools.quality must be at most 100',
    'undefined:undefined:undefined --set: image-tools: formatt is not a declared input; did you mean format?',
    'values.yaml:4:13 image-tools.codecs.speed must be an integer',
    'undefined:undefined:undefined --set: image-tools.codecs.speed must be an integer',
  ])
})

test('validating a package finds values that do not fit its installed dependencies', () => {
  using sample = sampleWith('image-tools:\n  quality: 101\n"@org/other": { x: 1 }\n')
  const problem = { file: 'values.yaml', line: 2, column: 3, message: 'image-tools.quality must be at most 100' }
  expect(checkTemplates(sample.path, sample.manifest, `${sample.path}/colony_packages`)).toEqual([problem])
  expect(checkTemplates(sample.path, sample.manifest)).toEqual([])
})

test('a missing required input of a dependency is reported with its full name', async () => {
  using sample = sampleWith('')
  const { user, find } = resolve(sample)
  const error = await errorOf(() => toolsOf(user, find))
  expect(error.message).toContain('image-tools.keep.alpha is required')
  expect(error.hint).toBe('set it: --set image-tools.keep.alpha=<value>')
})

test('suggests the name of a dependency', async () => {
  using sample = sampleWith('image-tool: { quality: 1 }\n')
  expect((await errorOf(() => resolve(sample))).message).toContain('did you mean image-tools?')
})
