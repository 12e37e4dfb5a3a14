import { expect, test } from 'vitest'
import { check } from './check.ts'

/**
 * Workflows that a ColonyOS server accepts but can't run, or that break it. Each case was observed on a real server.
 * They must be refused with their place, before anything is sent.
 */
const nodes = (...list: string[]) => `kind: Workflow\nfunctions:\n${list.map((node) => `  - { ${node} }\n`).join('')}`
const on = (...names: string[]) => `conditions: { executortype: x, dependencies: [${names.join(', ')}] }`
const A = `nodename: a, funcname: f, ${on()}`

test.each([
  [
    'an unknown dependency, which breaks the list of workflows of the whole colony',
    nodes(A, `nodename: b, funcname: f, ${on('aa')}`),
    '4:79 there is no node aa',
  ],
  [
    'a unit that is refused after other nodes were queued',
    nodes(A, 'nodename: b, funcname: f, conditions: { executortype: x, mem: "5" }'),
    '4:69 conditions.mem must be',
  ],
  [
    'a unit that is parsed at random',
    nodes('nodename: a, funcname: f, conditions: { executortype: x, mem: 5MB }'),
    '3:69 conditions.mem must be',
  ],
  [
    'cores without a unit, which count as none',
    nodes('nodename: a, funcname: f, conditions: { executortype: x, cpu: "2" }'),
    '3:69 conditions.cpu must be',
  ],
  [
    'a cycle',
    nodes(`nodename: a, funcname: f, ${on('b')}`, `nodename: b, funcname: f, ${on('a')}`),
    '3:17 dependency cycle: a -> b -> a',
  ],
  ['a dependency on itself', nodes(`nodename: a, funcname: f, ${on('a')}`), '3:79 a depends on itself'],
  ['no nodes at all', 'kind: Workflow\nfunctions: []\n', '2:12 functions must name at least one node'],
  ['a priority out of range', nodes(`priority: 50001, ${A}`), '3:17 priority must be at most 50000'],
  ['a node without a name', nodes(`funcname: f, ${on()}`), '3:5 nodename is missing'],
  ['two nodes with the same name', nodes(A, A), '4:17 two nodes are named a'],
  [
    'a maximum wait that starts at submission',
    nodes(A, `nodename: b, maxwaittime: 5, funcname: f, ${on('a')}`),
    '4:33 maxwaittime starts at submission',
  ],
  ['a dependency named twice', nodes(A, `nodename: b, funcname: f, ${on('a', 'a')}`), '4:82 a is listed twice'],
  [
    'a field that the server drops',
    nodes(`maxexectme: 5, ${A}`),
    '3:7 unknown key maxexectme; did you mean maxexectime?',
  ],
  ['no function', nodes(`nodename: a, ${on()}`), '3:5 funcname is missing'],
  ["no executor's type", nodes('nodename: a, funcname: f, conditions: {}'), '3:45 conditions.executortype is missing'],
  [
    'a wildcard as executor name',
    nodes('nodename: a, funcname: f, conditions: { executortype: x, executornames: ["*"] }'),
    '3:80 conditions.executornames[0] must not be *',
  ],
  [
    'more nodes for a process than fit into a byte',
    nodes('nodename: a, funcname: f, conditions: { executortype: x, nodes: 128 }'),
    '3:71 conditions.nodes must be at most 127',
  ],
  [
    'an integer that loses its last digit',
    nodes(`args: [9007199254740993], ${A}`),
    "3:14 the number 9007199254740993 can't be represented exactly",
  ],
])('%s', (_, text, line) => {
  const { spec, lines } = check(text)
  expect(spec).toBeUndefined()
  expect(lines).toEqual([expect.stringContaining(line)])
})

test.each(['512Mi', '8Gi', '0Mi'])('memory of %s is accepted', (mem) => {
  expect(check(nodes(`nodename: a, funcname: f, conditions: { executortype: x, mem: ${mem} }`)).lines).toEqual([])
})

test.each(['5', '"512"', '1Ti', '1GB', '1KB', '512mi', '1.5Gi', '-1Mi', '1 Gi'])(
  'memory of %s is refused in every field',
  (mem) => {
    const fields = [`mem: ${mem}`, `storage: ${mem}`, `gpu: { mem: ${mem} }`]
    const lines = fields.flatMap(
      (field) => check(nodes(`nodename: a, funcname: f, conditions: { executortype: x, ${field} }`)).lines,
    )
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).toContain('must be a whole number of Mi or Gi, such as 512Mi')
  },
)

test.each(['2', '"2"', '1.5', '500M', '500 m', '-1m'])('%s cores are refused', (cpu) => {
  const { lines } = check(nodes(`nodename: a, funcname: f, conditions: { executortype: x, cpu: ${cpu} }`))
  expect(lines).toEqual([expect.stringContaining('must be in thousandths of a core, such as 1500m')])
})
