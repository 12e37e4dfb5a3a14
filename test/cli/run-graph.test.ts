import { expect, test } from 'vitest'
import { styleFor } from '../../src/cli/terminal/style.ts'
import { fitRows, graphLine, graphRows } from '../../src/cli/terminal/run-graph.ts'
import { clock } from '../../src/cli/views/run.ts'
import { duration } from '../../src/core/amounts.ts'
import type { NodeSnapshot, RunState } from '../../src/engines/runs/snapshot.ts'

const STATES: Record<string, RunState> = { w: 'waiting', r: 'running', s: 'successful', f: 'failed', c: 'cancelled' }

/** Parses nodes such as `a:s b:r<a`, with the first letter of each state. */
function nodesOf(text: string): NodeSnapshot[] {
  return text.split(' ').map((node) => {
    const [, nodename = '', state = '', dependencies = ''] = /^(\w+):(\w)(?:<(.*))?$/.exec(node) ?? []
    const names = dependencies.split(',').filter(Boolean)
    return { nodename, funcname: 'f', executortype: 'x', dependencies: names, state: STATES[state] ?? 'waiting' }
  })
}

const plain = styleFor(false)
const draw = (nodes: NodeSnapshot[], most = Infinity) =>
  fitRows(graphRows(nodes), most).map((row) => graphLine(row, plain, Date.parse('2026-03-14T10:00:10Z')))

test('draws each node once, under the dependency that is furthest from the roots', () => {
  expect(draw(nodesOf('fetch:s left:r<fetch join:w<right,other,left right:r<fetch other:f last:w<join'))).toEqual([
    '├─ ✓ fetch',
    '│  ├─ ● left',
    '│  └─ ● right',
    '│     └─ ○ join  also after other, left',
    '│        └─ ○ last',
    '└─ ✗ other  ended because another node failed',
  ])
})

test('shows durations, attempts and reasons', () => {
  const [node] = nodesOf('a:r')
  if (!node) throw new Error('there is a node')
  const lines = draw([
    { ...node, startedAt: '2026-03-14T10:00:00Z', retries: 1 },
    { ...node, nodename: 'b', state: 'failed', seconds: 200, error: 'no\nroom \x1b[31m' },
    { ...node, nodename: 'c', state: 'successful', reused: true },
  ])
  expect(lines).toEqual([
    '├─ ● a  running for 10 s, started 2 times',
    '├─ ✗ b  3 min 20 s, no room \\u001b[31m',
    '└─ ✓ c  from the earlier run',
  ])
})

test('shows running and failed nodes first if not all of them fit', () => {
  expect(draw(nodesOf('a:s b:s c:w d:r e:f g:w h:c'), 4)).toEqual([
    '├─ ○ c',
    '├─ ● d',
    '├─ ✗ e  ended because another node failed',
    '… and 1 waiting, 2 successful, 1 cancelled',
  ])
})

test('draws a chain of thousands of nodes, and graphs that no engine would accept', () => {
  const chain = Array.from({ length: 5000 }, (_, n) => `n${n}:w${n > 0 ? `<n${n - 1}` : ''}`).join(' ')
  expect(draw(nodesOf(chain)).at(-1)).toBe(`${'   '.repeat(13)}○ n4999`)
  expect(draw(nodesOf('a:w<b b:w<a c:w<nobody'))).toHaveLength(3)
})

test('shows a time with its year, so that lists sort and read like ISO dates', () => {
  expect(clock('2026-03-14T10:00:00')).toBe('2026-03-14 10:00')
})

test.each([
  [0.42, '0.4 s'],
  [59.4, '59 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
])('%s seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})
