import { expect, test } from 'vitest'
import { mergeIncluded } from '../../../src/workflow/included-inputs.ts'
import { findPackages } from '../../../src/workflow/templates/package-sources.ts'
import { NO_OVERRIDES } from '../../../src/workflow/values/value-overrides.ts'
import { mergeInputs, resolveInputs } from '../../../src/workflow/values/inputs.ts'
import { readPackageInputs } from '../../../src/workflow/values/package-inputs.ts'
import { askForMissing, type Question, readAnswer } from '../../../src/workflow/values/questions.ts'
import { TestPackage } from '../rig.ts'

/** Answers all questions. Returns the questions, with the reason for each refused answer, and the resulting values. */
function talk(inputs: string, answers: string[]): { asked: string[]; values: unknown; left: string[] } {
  using sample = new TestPackage(`inputs:\n${inputs}`)
  const declared = readPackageInputs(sample.path, sample.manifest)
  const questions = askForMissing([mergeInputs(declared, NO_OVERRIDES)])
  const asked: string[] = []
  const left = [...answers]
  let next = questions.next()
  while (!next.done) {
    const text = left.shift()
    if (text === undefined) throw new Error(`nobody answers ${next.value.key}`)
    const answer = readAnswer(next.value, text)
    asked.push('problem' in answer ? `${next.value.key}: ${answer.problem}` : next.value.key)
    if ('value' in answer) next = questions.next(answer.value)
  }
  const { values } = resolveInputs(declared, { ...NO_OVERRIDES, sets: next.value })
  return { asked, values, left }
}

test('asks only for required inputs without a value', () => {
  const inputs = `  - { key: size, type: integer, required: true }
  - { key: format, type: string, default: png }
  - { key: store.url, type: string, required: true }
  - { key: note, type: string }
`
  expect(talk(inputs, ['512', ' http://x '])).toEqual({
    asked: ['size', 'store.url'],
    values: { size: 512, format: 'png', store: { url: 'http://x' } },
    left: [],
  })
})

test('asks again with a reason if an answer does not fit', () => {
  const inputs = `  - { key: size, type: integer, required: true, min: 16, max: 64 }
  - { key: format, type: string, required: true, options: [png, webp] }
  - { key: fast, type: boolean, required: true }
  - { key: token, type: string, required: true, secret: true }
`
  const answers = ['', 'many', '8', '65', '32', 'gif', '3', '2', 'perhaps', 'y', 'hunter2', 'env:TOKEN']
  const { asked, values } = talk(inputs, answers)
  expect(asked).toEqual([
    'size: a value is required',
    'size: it must be an integer',
    'size: it must be at least 16',
    'size: it must be at most 64',
    'size',
    'format: it must be one of png, webp',
    'format: it must be one of png, webp',
    'format',
    'fast: it must be true or false',
    'fast',
    'token: it is secret: pass a reference (secret:NAME, env:NAME or file:PATH), not the value',
    'token',
  ])
  expect(values).toEqual({ size: 32, format: 'webp', fast: true, token: 'env:TOKEN' })
})

test('asks for the items of lists and the fields of maps', () => {
  const inputs = `  - { key: names, type: list, required: true, items: { type: string } }
  - key: datasets
    type: list
    required: true
    items:
      type: map
      fields:
        - { key: name, type: string, required: true }
        - { key: rows, type: integer, default: 1 }
        - { key: note, type: string }
  - { key: limits, type: map, required: true, fields: [{ key: cpu, type: number, required: true }] }
`
  const { asked, values, left } = talk(inputs, ['ada', 'bob', '', 'y', 'a', '', 'yes', 'b', 'n1', 'n', '1.5'])
  expect(asked).toEqual([
    ...['names[0]', 'names[1]', 'names[2]'],
    ...['datasets[0]', 'datasets[0].name', 'datasets[0].note'],
    ...['datasets[1]', 'datasets[1].name', 'datasets[1].note', 'datasets[2]'],
    'limits.cpu',
  ])
  expect(values).toEqual({
    names: ['ada', 'bob'],
    datasets: [
      { name: 'a', rows: 1 },
      { name: 'b', rows: 1, note: 'n1' },
    ],
    limits: { cpu: 1.5 },
  })
  expect(left).toEqual([])
})

test('accepts any data as JSON', () => {
  const inputs = '  - { key: labels, type: map, required: true }\n  - { key: any, type: list, required: true }\n'
  expect(talk(inputs, ['{a: 1}', '[1]', '{"a": 1}', '[1, {"b": null}]'])).toMatchObject({
    asked: [
      'labels: one of the values is not valid JSON: strings need quotes',
      'labels: it must be a map',
      'labels',
      'any',
    ],
    values: { labels: { a: 1 }, any: [1, { b: null }] },
  })
})

test('a question is built from the declaration', () => {
  using sample = new TestPackage(
    'inputs: [{ key: size, type: integer, label: Size, description: In pixels, options: [1, 2, 5], min: 1, max: 5, required: true }]',
  )
  const merged = mergeInputs(readPackageInputs(sample.path, sample.manifest), NO_OVERRIDES)
  const question = askForMissing([merged]).next().value as Question
  expect(question).toMatchObject({
    ...{ key: 'size', type: 'integer', label: 'Size', description: 'In pixels', options: [1, 2, 5], min: 1, max: 5 },
    ...{ isSecret: false, isJson: false, empty: 'refused' },
  })
  // An answer that equals an option means this option, not the number of one.
  expect([readAnswer(question, '2'), readAnswer(question, '3')]).toEqual([{ value: 2 }, { value: 5 }])
})

test('asks for the inputs of included packages, by their full names', () => {
  using sample = new TestPackage('dependencies: { tools: "*", other: "*" }\ninputs: []', {
    'workflows/main.yaml': 'kind: Workflow\nfunctions: [{ $include: tools }]\n',
    'colony_packages/tools/colony.yaml': manifestOf('tools'),
    'colony_packages/other/colony.yaml': manifestOf('other'),
  })
  const packages = findPackages({ root: sample.path, manifest: sample.manifest }, `${sample.path}/colony_packages`)
  const questions = askForMissing([...mergeIncluded(packages, NO_OVERRIDES).values()])
  expect(questions.next().value).toMatchObject({ key: 'tools.quality' })
  const ended = questions.next(80)
  const sets = ended.done === true ? ended.value : []
  expect(sets).toEqual([{ option: 'answer', path: ['tools', 'quality'], value: 80 }])
  const again = mergeIncluded(packages, { ...NO_OVERRIDES, sets })
  expect([...again.values()].map(({ missing, values }) => [missing.length, { ...values }])).toEqual([
    [0, {}],
    [0, { quality: 80 }],
  ])
})

function manifestOf(name: string): string {
  const input = '{ key: quality, type: integer, required: true }'
  return `apiVersion: v1\nname: ${name}\nversion: 1.0.0\ninputs: [${input}]\n`
}

test('a question for an item without label and description uses those of its list', () => {
  using sample = new TestPackage(
    'inputs:\n  - { key: samples, type: list, label: Samples, description: Names of samples, required: true, items: { type: string } }',
  )
  const declared = readPackageInputs(sample.path, sample.manifest)
  const { value } = askForMissing([mergeInputs(declared, NO_OVERRIDES)]).next()
  expect(value).toMatchObject({ key: 'samples[0]', label: 'Samples', description: 'Names of samples' })
})
