import { expect, test } from 'vitest'
import { check } from './check.ts'

const NODE = '{ nodename: a, funcname: f, conditions: { executortype: x } }'
const GRAPH = `functions: [${NODE}]\n`

test.each([
  ['kind: Function\nfuncname: f\nconditions: { executortype: x }\n', { kind: 'Function', maxexectime: -1 }],
  [`kind: Cron\nname: n\ncronexpression: '0 0 2 * * *'\n${GRAPH}`, { kind: 'Cron', waitforprevprocessgraph: false }],
  [`kind: Cron\nname: n\ncronexpression: '@daily'\ninterval: -1\n${GRAPH}`, { cronexpression: '@daily' }],
  [`kind: Cron\nname: n\ninterval: 60\n${GRAPH}`, { interval: 60 }],
  [`kind: Generator\nname: n\ntrigger: 5\n${GRAPH}`, { kind: 'Generator', timeout: -1 }],
  [
    'kind: Blueprint\ndefinition: Camera\nmetadata: { name: front, labels: { a: b } }\nspec: { fps: 5, tags: [x] }\n',
    { definition: 'Camera', spec: { fps: 5, tags: ['x'] } },
  ],
  [
    'kind: BlueprintDefinition\nmetadata: { name: camera }\nspec:\n  group: example.org\n  version: v1\n' +
      '  names: { kind: Camera, singular: camera, plural: cameras }\n' +
      '  handler: { executorType: camera-keeper, functionName: reconcile, reconcileInterval: 60 }\n',
    { kind: 'BlueprintDefinition' },
  ],
])('accepts %j', (text, expected) => {
  const { spec, lines } = check(text)
  expect(lines).toEqual([])
  expect(spec).toMatchObject(expected)
})

test.each([
  [
    'kind: Function\nfuncname: f\nconditions: { executortype: x, dependencies: [a] }\n',
    "3:32 a document of kind Function can't have dependencies",
  ],
  ['kind: Function\nfuncnam: f\nconditions: { executortype: x }\n', '1:1 funcname is missing'],
  [`kind: Cron\nname: n\n${GRAPH}`, '1:1 cronexpression is missing'],
  [
    `kind: Generator\nname: n\ntrigger: 1\nfunctions: [${NODE.replace('f,', 'f, kwargs: { a: 1 },')}]\n`,
    '4:49 kwargs of a node without dependencies are replaced by the data packed for the generator: remove them',
  ],
  [
    `kind: Cron\nname: n\ninterval: 0\n${GRAPH}`,
    '3:11 interval must be at least 1 second, or -1 with a cronexpression',
  ],
  [`kind: Cron\nname: n\ninterval: -1\n${GRAPH}`, '1:1 cronexpression is missing'],
  [
    `kind: Cron\nname: n\ninterval: 5\ncronexpression: '@daily'\n${GRAPH}`,
    "3:11 interval can't be combined with cronexpression",
  ],
  [`kind: Cron\nname: n\ninterval: 5\nrandom: true\n${GRAPH}`, '4:1 random is not allowed: the server ignores it'],
  [
    `kind: Cron\nname: n\ncronexpresion: '@daily'\n${GRAPH}`,
    '3:1 unknown key cronexpresion; did you mean cronexpression?',
  ],
  ['kind: Cron\nname: n\ninterval: 5\nfunctions: []\n', '4:12 functions must name at least one node'],
  [`kind: Generator\nname: n\ntrigger: 0\n${GRAPH}`, '3:10 trigger must be at least 1'],
  [
    `kind: Generator\nname: n\ntrigger: 1\ntimeout: 0\n${GRAPH}`,
    '4:10 timeout must be at least 1 second, or -1 (never)',
  ],
  [
    'kind: Generator\nname: n\ntrigger: 1\nfunctions:\n' +
      '  - { nodename: a, funcname: f, args: [1], conditions: { executortype: x } }\n',
    '5:39 args of a node without dependencies are replaced by the data packed for the generator: remove them',
  ],
  [
    'kind: Blueprint\ndefinition: C\nmetadata: { name: n, colonyname: c }\nspec: {}\n',
    '3:22 colonyname is not allowed',
  ],
  ['kind: BlueprintDefinition\nmetadata: { name: n }\nspec: { group: g, version: v }\n', '3:7 spec.names is missing'],
  ['kind: Workflow\nfunctionspecs: []\n', '2:1 use functions instead of functionspecs'],
])('refuses %j', (text, line) => {
  expect(check(text).lines.join('\n')).toContain(line)
})

test.each([
  '* * * * * *',
  '*/5 0 0-12/2 1,15 jan-mar mon-fri',
  '0 30 8 ? * 1',
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly', // prettier-ignore
])('the time %s is accepted', (time) => {
  expect(check(`kind: Cron\nname: n\ncronexpression: '${time}'\n${GRAPH}`).lines).toEqual([])
})

test.each([
  ['0 2 * * *', 'the seconds are missing: put 0 in front'],
  ['', 'must have six fields'],
  ['0 0 0 0 0 0 0', 'must have six fields'],
  ['60 * * * * *', 'has a second that is not between 0 and 59: 60'],
  ['0 0 24 * * *', 'has a hour that is not between 0 and 23: 24'],
  ['0 0 0 0 * *', 'has a day of the month that is not between 1 and 31: 0'],
  ['0 0 0 * foo *', 'has a month that is not between 1 and 12: foo'],
  ['0 5-1 * * * *', 'has a minute that ends before it starts: 5-1'],
  ['0 */0 * * * *', 'has a minute that has a step of 0: */0'],
  ['0 1;2 * * * *', 'has a minute that is invalid: 1;2'],
  ['@dayly', 'must be one of @yearly'],
  ['@every 5m', 'must be one of @yearly'],
])('the time %j is refused', (time, message) => {
  expect(check(`kind: Cron\nname: n\ncronexpression: '${time}'\n${GRAPH}`).lines.join('\n')).toContain(message)
})

test('settings that do not work on every server cause warnings', () => {
  const { lines, warnings } = check(
    'kind: Workflow\nfunctions:\n  - { nodename: a, funcname: f, conditions: { executortype: x, storage: 1Gi } }\n',
  )
  expect(lines).toEqual([])
  expect(warnings).toEqual(['3:73 conditions.storage matches no executor on servers that assign exclusively'])
})

test('a limit of 0 seconds is sent as no limit, since the server takes it for "at once" in one place', () => {
  const { spec } = check(
    'kind: Function\nfuncname: f\nmaxexectime: 0\nmaxwaittime: 0\nconditions: { executortype: x }\n',
  )
  expect(spec).toMatchObject({ maxexectime: -1, maxwaittime: -1 })
})
