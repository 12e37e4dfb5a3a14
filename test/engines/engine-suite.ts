import { describe, expect, test } from 'vitest'
import type { Engine, LogEntry, PreparedRun } from '../../src/engines/engine.ts'
import { newRunId } from '../../src/workflow/run-id.ts'
import { planRetry } from '../../src/engines/runs/retry.ts'
import type { RunSnapshot } from '../../src/engines/runs/snapshot.ts'
import { WorkflowSpec } from '../../src/workflow/specs/spec.ts'

/**
 * Tests what every engine guarantees. An implementation provides these functions of `EXECUTOR_TYPE`:
 *
 * - `echo` outputs its args, `join` its input, `nothing` nothing
 * - `say` writes each of its args on a line and has no output
 * - `fail` fails
 * - `wait` runs until `release()` is called and then outputs its args; `endless` runs until it is ended
 * - `slow` takes longer than a second on the first try; on later tries it outputs its args
 */
export const EXECUTOR_TYPE = 'suite'
export const FUNCTIONS = ['echo', 'join', 'nothing', 'say', 'fail', 'wait', 'endless', 'slow'] as const

export interface EngineUnderTest extends AsyncDisposable {
  readonly engine: Engine
  /** what a run needs besides its id and its spec */
  readonly rest: Omit<PreparedRun, 'run' | 'spec' | 'package' | 'workflow'>
  /** ends `wait` */
  release(): void
}

type Node = [
  nodename: string,
  funcname: (typeof FUNCTIONS)[number],
  options?: { after?: string[] } & Record<string, unknown>,
]

function specOf(nodes: Node[]): WorkflowSpec {
  return WorkflowSpec.parse({
    kind: 'Workflow',
    functions: nodes.map(([nodename, funcname, { after = [], ...options } = {}]) => ({
      nodename,
      funcname,
      ...options,
      conditions: { executortype: EXECUTOR_TYPE, dependencies: after },
    })),
  })
}

export function describeEngine(name: string, create: () => Promise<EngineUnderTest>): void {
  describe(name, () => {
    function prepare({ rest }: EngineUnderTest, nodes: Node[]): PreparedRun {
      const [sample, workflow] = [{ name: 'sample', version: '1.2.3' }, 'workflows/main.yaml']
      return { run: newRunId(), package: sample, workflow, spec: specOf(nodes), ...rest }
    }
    async function runToEnd(under: EngineUnderTest, nodes: Node[]): Promise<RunSnapshot> {
      const { run } = await under.engine.submit(prepare(under, nodes))
      return await under.engine.watch(run)
    }
    const statesOf = ({ nodes }: RunSnapshot) => nodes.map(({ nodename, state }) => `${nodename} ${state}`).join(', ')
    /** Waits until a node is in a state. */
    async function until({ engine }: EngineUnderTest, run: string, node: string, state: string) {
      const controller = new AbortController()
      const onChange = ({ nodes }: RunSnapshot) => {
        if (nodes.some((one) => one.nodename === node && one.state === state)) controller.abort(new Error('seen'))
      }
      await engine.watch(run, { signal: controller.signal, onChange }).catch((error: unknown) => {
        if (!controller.signal.aborted) throw error
      })
    }

    test('passes outputs to children in the order of their dependencies', async () => {
      await using under = await create()
      const ended = await runToEnd(under, [
        ['a', 'echo', { args: ['x', { n: 1 }] }],
        ['b', 'echo', { args: [2] }],
        ['none', 'nothing'],
        ['c', 'join', { after: ['b', 'none', 'a'] }],
      ])
      expect(statesOf(ended)).toBe('a successful, b successful, none successful, c successful')
      expect(ended).toMatchObject({ state: 'successful', engine: under.engine.name, package: { name: 'sample' } })
      expect(ended.nodes.map(({ out }) => out)).toEqual([['x', { n: 1 }], [2], [], [2, 'x', { n: 1 }]])
      expect(ended.nodes[3]).toMatchObject({
        funcname: 'join',
        executortype: EXECUTOR_TYPE,
        dependencies: ['b', 'none', 'a'],
      })
      expect(Date.parse(ended.finishedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(ended.submittedAt))
      expect(await under.engine.read(ended.run)).toEqual(ended)
    })

    test('a failure that others depend on fails the nodes that have not ended; successful nodes stay successful', async () => {
      await using under = await create()
      const { run } = await under.engine.submit(
        prepare(under, [
          ['first', 'nothing'],
          ['bad', 'wait', { after: ['first'], maxexectime: 1 }],
          ['child', 'nothing', { after: ['bad'] }],
          ['busy', 'endless', { after: ['first'] }],
        ]),
      )
      const ended = await under.engine.watch(run)
      expect(statesOf(ended)).toBe('first successful, bad failed, child failed, busy failed')
      expect(ended.state).toBe('failed')
      expect(ended.nodes.filter(({ error }) => error !== undefined).map(({ nodename }) => nodename)).toEqual(['bad'])
    })

    test('only a node that failed by itself has an error, and a node that never ran has no start time', async () => {
      await using under = await create()
      const ended = await runToEnd(under, [
        ['first', 'echo', { args: [1] }],
        ['bad', 'fail', { after: ['first'] }],
        ['child', 'join', { after: ['first', 'bad'] }],
        ['grandchild', 'nothing', { after: ['child'] }],
      ])
      expect(statesOf(ended)).toBe('first successful, bad failed, child failed, grandchild failed')
      const of = (what: 'error' | 'startedAt') => ended.nodes.filter((node) => node[what] !== undefined).map(({ nodename }) => nodename) // prettier-ignore
      expect(of('error')).toEqual(['bad'])
      expect(of('startedAt')).toEqual(['first', 'bad'])
      expect(ended.nodes[0]?.out).toEqual([1])
    })

    test('a failure that nothing depends on lets the other nodes finish', async () => {
      await using under = await create()
      const { run } = await under.engine.submit(
        prepare(under, [
          ['bad', 'fail'],
          ['slow', 'wait', { args: ['late'] }],
          ['child', 'join', { after: ['slow'] }],
        ]),
      )
      await until(under, run, 'bad', 'failed')
      under.release()
      const ended = await under.engine.watch(run)
      expect(statesOf(ended)).toBe('bad failed, slow successful, child successful')
      expect(ended.state).toBe('failed')
      expect(ended.nodes[2]?.out).toEqual(['late'])
    })

    test('retries a node that takes too long up to maxretries times, but not one that fails', async () => {
      await using under = await create()
      const ended = await runToEnd(under, [
        ['slow', 'slow', { args: ['done'], maxexectime: 1, maxretries: 2 }],
        ['bad', 'fail', { maxretries: 5 }],
      ])
      expect(statesOf(ended)).toBe('slow successful, bad failed')
      expect(ended.nodes[0]).toMatchObject({ retries: 1, out: ['done'] })
      expect(ended.nodes[1]?.retries ?? 0).toBe(0)
    })

    test('cancelling a run ends its running nodes and never starts the waiting ones', async () => {
      await using under = await create()
      const { engine } = under
      const { run } = await engine.submit(
        prepare(under, [
          ['first', 'nothing'],
          ['busy', 'endless', { after: ['first'] }],
          ['child', 'nothing', { after: ['busy'] }],
        ]),
      )
      await until(under, run, 'busy', 'running')
      const cancelled = await engine.cancel(run)
      expect(statesOf(cancelled)).toBe('first successful, busy cancelled, child cancelled')
      expect(cancelled.state).toBe('cancelled')
      // Cancelling again, or watching a run that is over, changes nothing.
      expect(await engine.cancel(run)).toEqual(cancelled)
      expect(statesOf(await engine.watch(run))).toBe(statesOf(cancelled))
    })

    test('cancels a run with a failed node, but not a run that is over', async () => {
      await using under = await create()
      const { engine } = under
      const { run } = await engine.submit(
        prepare(under, [
          ['bad', 'fail'],
          ['busy', 'endless'],
        ]),
      )
      await until(under, run, 'bad', 'failed')
      const cancelled = await engine.cancel(run)
      expect(`${cancelled.state}: ${statesOf(cancelled)}`).toBe('cancelled: bad failed, busy cancelled')
      for (const [funcname, state] of [
        ['nothing', 'successful'],
        ['fail', 'failed'],
      ] as const) {
        const ended = await runToEnd(under, [['a', funcname]])
        expect(await engine.cancel(ended.run)).toEqual(ended)
        expect(ended.state).toBe(state)
      }
    })

    test('reads the logs of one node or of all nodes', async () => {
      await using under = await create()
      const { engine } = under
      const { run } = await runToEnd(under, [
        ['a', 'say', { args: ['one', '  two'] }],
        ['b', 'say', { args: ['three'], after: ['a'] }],
      ])
      const lines = async (entries: AsyncIterable<LogEntry>) => {
        const found: string[] = []
        for await (const { node, text } of entries) for (const line of text.split('\n')) found.push(`${node}: ${line}`)
        return found
      }
      expect(await lines(engine.logs(run))).toEqual(['a: one', 'a:   two', 'b: three'])
      expect(await lines(engine.logs(run, { node: 'b' }))).toEqual(['b: three'])
      expect(await lines(engine.logs(run, { follow: true }))).toHaveLength(3)
    })

    test('follows logs while nodes write them', async () => {
      await using under = await create()
      const { engine } = under
      const { run } = await engine.submit(
        prepare(under, [
          ['a', 'say', { args: ['early'] }],
          ['b', 'wait', { after: ['a'] }],
          ['c', 'say', { args: ['late'], after: ['b'] }],
        ]),
      )
      const texts: string[] = []
      for await (const { text } of engine.logs(run, { follow: true })) {
        texts.push(text)
        // The run can only end if its first line is reported before its end.
        if (text.includes('early')) under.release()
      }
      expect(texts.join()).toBe('early,late')
    })

    test('does not run an existing run again', async () => {
      await using under = await create()
      const prepared = prepare(under, [['a', 'echo', { args: [1] }]])
      await under.engine.submit(prepared)
      const ended = await under.engine.watch(prepared.run)
      expect(await under.engine.submit(prepared)).toMatchObject({ run: prepared.run, state: 'successful' })
      expect(await under.engine.read(prepared.run)).toEqual(ended)
    })

    test('a retry reruns the failed nodes with the outputs of the others', async () => {
      await using under = await create()
      const { engine } = under
      const nodes: Node[] = [
        ['a', 'echo', { args: ['kept'] }],
        ['quiet', 'nothing'],
        ['slow', 'slow', { args: ['mended'], maxexectime: 1, after: ['a', 'quiet'] }],
        ['c', 'join', { after: ['slow', 'a'] }],
      ]
      const first = await runToEnd(under, nodes)
      expect(statesOf(first)).toBe('a successful, quiet successful, slow failed, c failed')
      const done = planRetry(specOf(nodes), first, engine)
      const { run } = await engine.submit({ ...prepare(under, nodes), done })
      const second = await engine.watch(run)
      expect(statesOf(second)).toBe('a successful, quiet successful, slow successful, c successful')
      expect(second).toMatchObject({ state: 'successful', retryOf: first.run })
      expect(second.nodes[3]?.out).toEqual(['mended', 'kept'])
      expect(second.nodes.filter(({ reused }) => reused).map(({ nodename }) => nodename)).toEqual(
        engine.canReuseOutputs ? ['a', 'quiet'] : ['quiet'],
      )
    })

    test('removes a run only after it is over', async () => {
      await using under = await create()
      const { engine } = under
      const { run } = await engine.submit(prepare(under, [['a', 'wait']]))
      await expect(engine.remove(run)).rejects.toMatchObject({ code: 'RUN_ACTIVE' })
      under.release()
      await engine.watch(run)
      await engine.remove(run)
      await expect(engine.read(run)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' })
    })
  })
}
