import fs from 'node:fs'
import path from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { workflowSchema } from '../../../src/workflow/templates/workflow-schema.ts'
import { testsSchema } from '../../../src/workflow/tests/test-file.ts'

const EXAMPLES = path.resolve(import.meta.dirname, '../../../examples')

function filesIn(folder: string): string[] {
  return fs
    .readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
    .filter((name) => path.basename(path.dirname(name)) === folder && /^[^_].*\.yaml$/.test(path.basename(name)))
}

function validator(schema: Record<string, unknown>): (text: string) => boolean {
  const check = new Ajv2020({ strict: false }).compile(schema)
  return (text) => check(parse(text))
}

describe('the schema of workflow documents', () => {
  const accepts = validator(workflowSchema())

  test.each(filesIn('workflows'))('accepts the example %s', (file) => {
    expect(accepts(fs.readFileSync(path.join(EXAMPLES, file), 'utf8'))).toBe(true)
  })

  test.each([
    ["kind: Cron\nname: '${inputs.name}'\ncronexpression: '0 0 2 * * *'\nfunctions: '${inputs.nodes}'", true],
    ['kind: Workflow\nfunctions: [{ $for: i in inputs.n, nodename: a, maxretries: "${i}" }]', true],
    ['kind: Workflow\nfunctions: [{ nodename: a, conditions: { dependencies: [{ $all: mid }] } }]', true],
    ['kind: Workflow\nfunctions: [{ nodename: a, env: { A: "${inputs.a}" } }]', true],
    ['kind: Workflow\nfunctions: [{ nodname: a }]', false],
    ['kind: Workflow\nfunctions: [{ nodename: a, maxretries: many }]', false],
    ['kind: Workflow\nfunctions: [{ nodename: a, conditions: { cpu: 2 } }]', false],
    ['kind: Workflw\nfunctions: []', false],
    ['functions: []', false],
  ])('for %s says %s', (text, isAccepted) => {
    expect(accepts(text)).toBe(isAccepted)
  })
})

describe('the schema of tests', () => {
  const accepts = validator(testsSchema())

  test.each(filesIn('tests'))('accepts the example %s', (file) => {
    expect(accepts(fs.readFileSync(path.join(EXAMPLES, file), 'utf8'))).toBe(true)
  })

  test('refuses unknown keys and a file without cases', () => {
    expect(accepts('workflow: main\ncases: [{ nam: a }]')).toBe(false)
    expect(accepts('cases: []')).toBe(false)
  })
})
