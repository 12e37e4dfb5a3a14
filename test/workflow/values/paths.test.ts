import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readOverrides, type ValuesOptions, withProject } from '../../../src/workflow/values/value-overrides.ts'
import { mergeInputs } from '../../../src/workflow/values/inputs.ts'
import { readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { AS_WRITTEN, COLONY_PATHS, LOCAL_PATHS, type PathPlan } from '../../../src/workflow/values/paths.ts'
import { forExpressions, REFERENCES } from '../../../src/workflow/values/secrets.ts'
import { TemporaryFolder, TestPackage } from '../rig.ts'

const INPUTS = `inputs:
  - { key: reads, type: path }
  - { key: result, type: path, output: true }
  - { key: model, type: path, default: data/model.bin }
  - { key: files, type: list, items: { type: path } }
  - { key: sets, type: list, items: { type: map, fields: [{ key: file, type: path }, { key: table, type: path, default: data/model.bin }] } }`

/** A package, and a caller's folder with files and a folder of values. All files in the tests exist, except `gone`. */
function makePlaces() {
  const sample = new TestPackage(INPUTS, { 'data/model.bin': 'm', 'own.fq': 'o' })
  const caller = new TemporaryFolder().write({ 'a.fq': 'a', 'b.fq': 'b', 'conf/c.fq': 'c', 'conf/d.fq': 'd' })
  const seen = (plan: PathPlan, options: ValuesOptions, project?: string) => {
    const read = readOverrides(caller.path, options)
    const overrides = project === undefined ? read : withProject(read, { cwd: caller.path, project }, 'sample')
    const merged = mergeInputs(readPackageInputs(sample.path, sample.manifest), overrides)
    expect([...merged.problems, ...merged.missing]).toEqual([])
    const { values, problems } = forExpressions(merged, REFERENCES, plan)
    const lines = problems.map(
      ({ message, ...at }) => ('line' in at ? `${at.file}:${at.line}:${at.column} ` : '') + message,
    )
    return { values: JSON.parse(JSON.stringify(values)) as Record<string, unknown>, lines }
  }
  return {
    sample,
    caller,
    seen,
    [Symbol.dispose]: () => {
      sample[Symbol.dispose]()
      caller[Symbol.dispose]()
    },
  }
}

test('on this machine, a path is relative to the place where it is set, and becomes absolute', () => {
  using places = makePlaces()
  const { sample, caller, seen } = places
  caller.write({ 'conf/prod.yaml': 'reads: c.fq\nfiles: [c.fq, d.fq]\nsets: [{ file: ../a.fq }]\n' })
  const own = path.join(sample.path, 'data/model.bin')
  const at = (name: string) => path.join(caller.path, name)
  expect(seen(LOCAL_PATHS, { set: ['reads=a.fq'] }).values).toEqual({ reads: at('a.fq'), model: own })
  expect(seen(LOCAL_PATHS, { values: ['conf/prod.yaml'] }).values).toEqual({
    reads: at('conf/c.fq'),
    model: own,
    files: [at('conf/c.fq'), at('conf/d.fq')],
    sets: [{ file: at('a.fq'), table: own }],
  })
  // The caller sets one item; the other stays relative to its file.
  expect(seen(LOCAL_PATHS, { values: ['conf/prod.yaml'], set: ['files[1]=b.fq'] }).values.files).toEqual([
    at('conf/c.fq'),
    at('b.fq'),
  ])
  expect(seen(LOCAL_PATHS, { set: [`reads=${at('a.fq')}`, 'model=a.fq'] }).values).toEqual({
    reads: at('a.fq'),
    model: at('a.fq'),
  })
  sample.write({ 'values.yaml': 'reads: own.fq\n' })
  expect(seen(LOCAL_PATHS, {}).values.reads).toBe(path.join(sample.path, 'own.fq'))
})

test('a path in the values of a project is relative to the project, not to the working folder', () => {
  using places = makePlaces()
  using project = new TemporaryFolder().write({ 'values.yaml': 'sample: { reads: in.fq }\n', 'in.fq': 'x' })
  expect(places.seen(LOCAL_PATHS, {}, project.path).values.reads).toBe(path.join(project.path, 'in.fq'))
})

test('a missing path is reported with its place, but without the path itself', () => {
  using places = makePlaces()
  const { caller, seen } = places
  caller.write({ 'conf/prod.yaml': 'files:\n  - c.fq\n  - gone-1.fq\n' })
  const { lines } = seen(LOCAL_PATHS, { values: ['conf/prod.yaml'], set: ['reads=gone-2.fq'] })
  expect(lines).toEqual([
    `--set: reads does not name an existing file or folder, relative to ${caller.path}`,
    `conf/prod.yaml:3:5 files[1] does not name an existing file or folder, relative to ${path.join(caller.path, 'conf')}`,
  ])
  expect(lines.join()).not.toContain('gone')
})

test('an output needs no file yet, only its folder, which is never that of the package', () => {
  using places = makePlaces()
  const { sample, caller, seen } = places
  const at = path.join(caller.path, 'conf/result.bam')
  expect(seen(LOCAL_PATHS, { set: ['result=conf/result.bam'] })).toMatchObject({ values: { result: at }, lines: [] })
  expect(seen(LOCAL_PATHS, { set: ['result=gone/result.bam'] }).lines).toEqual([
    `--set: result names an output in a folder that does not exist, relative to ${caller.path}`,
  ])
  expect(seen(LOCAL_PATHS, { set: ['result=a.fq/result.bam'] }).lines).toHaveLength(1)
  expect(seen(COLONY_PATHS, { set: ['result=conf/result.bam'] }).lines).toHaveLength(1)
  sample.write({ 'values.yaml': 'result: data/result.bam\n' })
  expect(seen(LOCAL_PATHS, {}).lines).toEqual([
    "values.yaml:1:1 result is an output in the package's own folder, whose files must not change: set it to another path",
  ])
  expect(() => new TestPackage('inputs: [{ key: a, type: string, output: true }]')).toThrow(
    'an output must be a path, not a string',
  )
})

test('for a colony, paths of the package and absolute paths stay, and paths on this machine are refused', () => {
  using places = makePlaces()
  const { caller, seen } = places
  expect(seen(COLONY_PATHS, { set: ['reads=/data/a.fq'] })).toEqual({
    values: { reads: '/data/a.fq', model: 'data/model.bin' },
    lines: [],
  })
  caller.write({ 'conf/prod.yaml': 'reads: c.fq\n' })
  expect(seen(COLONY_PATHS, { values: ['conf/prod.yaml'] }).lines).toEqual([
    expect.stringMatching(/^conf\/prod\.yaml:1:1 reads is relative to a folder on this machine, which executors/),
  ])
})

test('a workflow that is only displayed keeps its paths, and needs no files', () => {
  using places = makePlaces()
  fs.rmSync(path.join(places.caller.path, 'a.fq'))
  expect(places.seen(AS_WRITTEN, { set: ['reads=a.fq'] })).toEqual({
    values: { reads: 'a.fq', model: 'data/model.bin' },
    lines: [],
  })
})
