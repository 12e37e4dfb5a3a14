import { expect, test } from 'vitest'
import { runGraph } from '../../../src/engines/local/schedule.ts'

interface Options {
  /** the number of cores; a node uses one, or the number after its name: `a*2` */
  room?: number
  fails?: string[]
  throws?: string
  abortAfter?: string
  /** nodes that run until they are ended */
  endless?: string[]
  /** a node that can't run any more once `a` has ended */
  hopeless?: string
}

/** Runs `a b<a` and returns what happened: `+a` started, `-a` ended, `?a` was dropped as failed, `!a` as cancelled. */
async function trace(text: string, options: Options = {}): Promise<string> {
  const { room = 2, fails = [], throws, abortAfter, endless = [], hopeless } = options
  const nodes = text.split(' ').map((node) => {
    const [, name = '', cores = '1', dependencies = ''] = /^(\w+)(?:\*(\d))?(?:<(.*))?$/.exec(node) ?? []
    return { name, dependencies: dependencies.split(',').filter(Boolean), demand: { cpu: Number(cores), mem: 0 } }
  })
  const log: string[] = []
  const controller = new AbortController()
  const done = runGraph(nodes, {
    room: { cpu: room, mem: 0 },
    signal: controller.signal,
    failsEarly: ({ name }) => {
      const isHopeless = name === hopeless && (log.includes('-a') || !text.includes('<a'))
      if (isHopeless) log.push(`early ${name}`)
      return isHopeless
    },
    expire: ({ name }) => log.push(`late ${name}`),
    drop: ({ name }, state) => log.push(`${state === 'failed' ? '?' : '!'}${name}`),
    run: async ({ name }, signal) => {
      log.push(`+${name}`)
      await Promise.resolve()
      if (endless.includes(name)) {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve)
        })
        return 'stopped'
      }
      if (name === throws) throw new Error(`broken ${name}`)
      log.push(`-${name}`)
      if (name === abortAfter) controller.abort()
      return fails.includes(name) ? 'failed' : 'successful'
    },
  })
  await done.catch((error: unknown) => log.push(String(error)))
  return log.join(' ')
}

test.each([
  ['a', '+a -a'],
  ['b<a a', '+a -a +b -b'],
  ['a b<a c<a d<b,c', '+a -a +b +c -b -c +d -d'],
  ['a b c', '+a +b -a -b +c -c'],
])('runs %s in order', async (text, log) => {
  expect(await trace(text)).toBe(log)
})

test('never runs more than 128 nodes at a time, however small they are', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `n${index}*0`)
  const log = await trace(names.join(' '))
  expect(log.split(' ').findIndex((word) => word.startsWith('-'))).toBe(128)
  expect(log.match(/-/g)).toHaveLength(300)
})

test('never runs more than there is room for, and lets smaller nodes pass waiting ones', async () => {
  expect(await trace('a b c', { room: 1 })).toBe('+a -a +b -b +c -c')
  expect(await trace('a b*2 c', { room: 2 })).toBe('+a +c -a -c +b -b')
})

test('a failure that others depend on fails everything that has not ended', async () => {
  expect(await trace('a b<a c<b d', { fails: ['a'], endless: ['d'] })).toBe('+a +d -a ?d ?b ?c')
})

test('a failure that nothing depends on lets the other nodes continue', async () => {
  expect(await trace('a b<a c<a d<c', { fails: ['b'] })).toBe('+a -a +b +c -b -c +d -d')
})

test('starts no node after it was stopped', async () => {
  expect(await trace('a b<a c', { room: 1, abortAfter: 'a' })).toBe('+a -a !b !c')
  expect(await trace('a b<a', { abortAfter: 'a', fails: ['a'] })).toBe('+a -a !b')
})

test('a node that waits too long fails, together with the nodes that depend on it', async () => {
  const log: string[] = []
  let end: (() => void) | undefined
  const nodes = [
    { name: 'a', dependencies: [], demand: { cpu: 1, mem: 0 } },
    { name: 'b', dependencies: [], demand: { cpu: 1, mem: 0 }, maxWait: 1 },
    { name: 'c', dependencies: ['b'], demand: { cpu: 1, mem: 0 } },
  ]
  await runGraph(nodes, {
    room: { cpu: 1, mem: 0 },
    signal: new AbortController().signal,
    expire: ({ name }) => {
      log.push(`late ${name}`)
      end?.()
    },
    drop: ({ name }, state) => log.push(`${name} ${state}`),
    run: async () => {
      await new Promise<void>((resolve) => (end = resolve))
      return 'stopped'
    },
  })
  expect(log).toEqual(['late b', 'a failed', 'c failed'])
})

test('throws an error after all running nodes have ended', async () => {
  expect(await trace('a b c<b d<a', { throws: 'a' })).toBe('+a +b -b !c !d Error: broken a')
})

test('a node that can no longer run fails at once, even while it waits, and ends the rest', async () => {
  expect(await trace('a b c<a,b d<c', { endless: ['b'], hopeless: 'c' })).toBe('+a +b -a early c ?b ?d')
  // Nothing depends on it, so the rest continues.
  expect(await trace('a b c<a,b', { hopeless: 'c' })).toBe('+a +b -a -b early c')
  expect(await trace('b a c<b', { hopeless: 'b' })).toBe('early b ?a ?c')
})
