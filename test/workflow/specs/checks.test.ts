import { expect, test } from 'vitest'
import { check, checkWithoutValues } from './check.ts'

function nodes(...list: string[]): string {
  return `kind: Workflow\nfunctions:\n${list.map((node) => `  - ${node}\n`).join('')}`
}

const on = (...dependencies: string[]) => `conditions: { executortype: x, dependencies: [${dependencies.join(', ')}] }`

test('sets safe defaults for missing fields', () => {
  const { spec } = check(nodes('{ nodename: a, funcname: f, conditions: { executortype: x } }'))
  expect(spec).toEqual({
    kind: 'Workflow',
    functions: [
      {
        nodename: 'a',
        funcname: 'f',
        args: [],
        kwargs: {},
        priority: 0,
        maxwaittime: -1,
        maxexectime: -1,
        maxretries: 0,
        conditions: { executortype: 'x', dependencies: [] },
        env: {},
      },
    ],
  })
})

test('accepts a function with all fields of ColonyOS', () => {
  const { lines } = check(
    nodes(`nodename: a-1.b
    funcname: f
    args: [1, a, [true, null, { x: 1.5 }]]
    kwargs: { constructor: 1 }
    priority: -50000
    maxwaittime: 10
    maxexectime: 20
    maxretries: -1
    label: l
    env: { A: b }
    channels: [c]
    fs: { mount: /m, dirs: [{ label: /l, dir: d, onconflicts: { onstart: { keeplocal: true } } }] }
    conditions:
      executortype: x
      executornames: [e]
      locationname: here
      nodes: 1
      cpu: 500m
      processes: 1
      processespernode: 1
      mem: 512Mi
      storage: 1Gi
      gpu: { name: g, mem: 1Gi, count: 1, nodecount: 1 }
      walltime: 60`),
  )
  expect(lines).toEqual([])
})

test('reports every problem of the shape with its place', () => {
  const { lines } = check(
    nodes(
      '{ nodename: a, funcnam: f, conditions: { executortype: x } }',
      '{ nodename: 3, funcname: f, priority: 50001, args: {}, conditions: { executortyp: x, mem: 5, cpu: "2" } }',
      '{ nodename: c, funcname: f, env: { A: 1, "b c": x }, maxexectime: 1.5 }',
      '{ nodename: d, funcname: "", conditions: { executortype: x, colonyname: y, dependencies: a } }',
    ),
  )
  expect(lines).toEqual([
    '3:5 funcname is missing',
    '3:20 unknown key funcnam; did you mean funcname?',
    '4:17 nodename must be a string',
    '4:43 priority must be at most 50000',
    '4:56 args must be a list',
    '4:72 conditions.executortype is missing',
    '4:74 unknown key executortyp; did you mean executortype?',
    '4:95 conditions.mem must be a whole number of Mi or Gi, such as 512Mi',
    '4:103 conditions.cpu must be in thousandths of a core, such as 1500m',
    '5:5 conditions is missing',
    '5:43 env.A must be a string: quote it',
    '5:46 env.b c is not a valid variable name',
    '5:71 maxexectime must be a whole number',
    '6:30 funcname must not be empty',
    '6:94 conditions.dependencies must be a list',
  ])
})

test.each([
  ['', '1:1 the document must be a map, or a list of functions'],
  [
    'functions: []\n',
    '1:1 kind is missing: it must be one of Workflow, Function, Cron, Generator, Blueprint, BlueprintDefinition',
  ],
  ['kind: Workflow\n', '1:1 functions is missing'],
  ['kind: Workflow\nfunctions: []\n', '2:12 functions must name at least one node: an empty workflow waits forever'],
  [
    'kind: Workflw\n',
    '1:7 kind must be one of Workflow, Function, Cron, Generator, Blueprint, BlueprintDefinition; did you mean Workflow?',
  ],
  ['[]\n', '1:1 functions must name at least one node: an empty workflow waits forever'],
])('refuses %j', (text, line) => {
  expect(check(text).lines).toEqual([line])
})

test.each([
  '..',
  '.',
  'a/b',
  'a\\\\b',
  '/a',
  '-a',
  'a.',
  'run.json',
  'CON',
  'nul.txt',
  'a b',
  '',
  'ä',
  'a\\n',
  'x'.repeat(200),
])('refuses the nodename %j, because it is also the name of a folder', (name) => {
  expect(check(nodes(`{ nodename: "${name}", funcname: f, conditions: { executortype: x } }`)).lines).toHaveLength(1)
})

test('finds what no server would run as intended', () => {
  const { lines } = check(
    nodes(
      `{ nodename: a, funcname: f, ${on('b')} }`,
      `{ nodename: b, funcname: f, ${on('c', 'c')} }`,
      `{ nodename: c, funcname: f, ${on('a', 'dd')} }`,
      `{ nodename: d, funcname: f, ${on('d')} }`,
      `{ nodename: e, funcname: f, maxwaittime: 5, ${on('a')} }`,
    ),
  )
  expect(lines).toEqual([
    '3:17 dependency cycle: a -> b -> c -> a',
    '4:82 c is listed twice: its output would arrive twice',
    '5:82 there is no node dd; did you mean d?',
    '6:79 d depends on itself',
    '7:46 maxwaittime starts at submission, not when the dependencies are done: remove it',
  ])
})

test('finds nodes with the same name, ignoring case', () => {
  const node = (name: string) => `{ nodename: ${name}, funcname: f, conditions: { executortype: x } }`
  expect(check(nodes(node('a'), node('a'), node('A'))).lines).toEqual([
    '4:17 two nodes are named a',
    '5:17 A and a are the same folder on a case-insensitive file system',
  ])
})

test('checks a template without values, except for computed ones', () => {
  const node = (name: string, rest: string) => `{ nodename: '${name}', funcname: f, ${rest} }`
  expect(
    checkWithoutValues(nodes(node('${inputs.name}', on('unknown')), node('b', `priority: '\${1}', ${on('c')}`))),
  ).toEqual([])
  expect(checkWithoutValues(nodes(node('a', on('unknown')), node('${inputs.nme}', 'prority: 1')))).toEqual([
    '4:27 there is no input nme; did you mean name?',
    '4:5 conditions is missing',
    '4:47 unknown key prority; did you mean priority?',
  ])
  expect(
    checkWithoutValues(
      nodes(node('a', `priority: '\${inputs.name}', label: '\${1}', args: '\${[1]}', kwargs: 'x\${1}', ${on()}`)),
    ),
  ).toEqual(['3:45 priority must be a whole number', '3:70 label must be a string', '3:102 kwargs must be a map'])
  expect(checkWithoutValues(nodes(node('a', on('b')), node('c', 'args: ["${inputs.name}"], ' + on())))).toEqual([
    '3:81 there is no node b; did you mean a?',
  ])
})
