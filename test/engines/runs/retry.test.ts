import { expect, test } from 'vitest'
import { planRetry, withoutDone } from '../../../src/engines/runs/retry.ts'
import type { NodeSnapshot } from '../../../src/engines/runs/snapshot.ts'
import { WorkflowSpec } from '../../../src/workflow/specs/spec.ts'

/**
 * A run as a string: `a:ok b:failed<a`. `ok` was successful with an empty output, `out` with a nonempty one, `lost`
 * with one that is lost, `kept` was successful in an earlier run, of which this one is a retry.
 */
function plan(text: string, canReuseOutputs: boolean) {
  const nodes = text.split(' ').map((node) => {
    const [, nodename = '', what = '', dependencies = ''] = /^(\w+):(\w+)(?:<(.*))?$/.exec(node) ?? []
    return { nodename, what, dependencies: dependencies.split(',').filter(Boolean) }
  })
  const spec = WorkflowSpec.parse({
    kind: 'Workflow',
    functions: nodes.map(({ nodename, dependencies }) => ({
      nodename,
      funcname: 'f',
      conditions: { executortype: 'x', dependencies },
    })),
  })
  const snapshots = nodes.map(({ nodename, what, dependencies }): NodeSnapshot => {
    const node = { nodename, funcname: 'f', executortype: 'x', dependencies }
    if (what === 'ok' || what === 'out') return { ...node, state: 'successful', out: what === 'ok' ? [] : [nodename] }
    if (what === 'kept') return { ...node, state: 'successful', reused: true }
    return { ...node, state: what === 'failed' ? 'failed' : what === 'lost' ? 'successful' : 'cancelled' }
  })
  const done = planRetry(spec, { run: 'r0', nodes: snapshots }, { canReuseOutputs })
  const again = withoutDone(spec, done).functions.map(
    ({ nodename, conditions }) =>
      nodename + (conditions.dependencies.length > 0 ? `<${conditions.dependencies.join()}` : ''),
  )
  return again.join(' ')
}

test.each([
  ['a:ok b:failed', 'b'],
  ['a:failed b:cancelled<a c:cancelled<b d:ok', 'a b<a c<b'],
  ['a:out b:failed<a', 'b'],
  ['a:out b:out<a c:out d:failed<c,b e:cancelled<d', 'd e<d'],
  ['a:lost b:failed<a', 'a b<a'],
])('an engine that can reuse outputs retries %s by rerunning %s', (text, again) => {
  expect(plan(text, true)).toBe(again)
})

test.each([
  ['a:ok b:failed<a', 'b'],
  ['a:out b:failed<a', 'a b<a'],
  ['a:out b:out<a c:failed<b', 'a b<a c<b'],
  ['a:out b:ok<a c:failed<b', 'c'],
  ['a:kept b:failed<a', 'b'],
  ['a:out b:out<a c:out d:failed<c,b', 'a b<a c d<c,b'],
  ['a:out b:out<a c:failed', 'c'],
  ['a:out b:out<a c:failed<a', 'a c<a'],
])('another engine retries %s by rerunning %s', (text, again) => {
  expect(plan(text, false)).toBe(again)
})
