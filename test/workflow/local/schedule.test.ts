import { expect, test } from 'vitest'
import { runGraph } from '../../../src/workflow/local/schedule.ts'

interface Options {
  parallel?: number
  fails?: string[]
  throws?: string
  abortAfter?: string
}

/** Runs `a b<a` and tells what happened: `+a` began, `-a` ended, `!a` was skipped. */
async function trace(text: string, { parallel = 2, fails = [], throws, abortAfter }: Options = {}): Promise<string> {
  const nodes = text.split(' ').map((node) => {
    const [name = '', dependencies = ''] = node.split('<')
    return { name, dependencies: dependencies.split(',').filter(Boolean) }
  })
  const log: string[] = []
  const controller = new AbortController()
  const done = runGraph(nodes, {
    parallel,
    signal: controller.signal,
    skip: ({ name }) => log.push(`!${name}`),
    run: async ({ name }) => {
      log.push(`+${name}`)
      await Promise.resolve()
      if (name === throws) throw new Error(`broken ${name}`)
      log.push(`-${name}`)
      if (name === abortAfter) controller.abort()
      return !fails.includes(name)
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

test('never runs more than it may at a time', async () => {
  expect(await trace('a b c', { parallel: 1 })).toBe('+a -a +b -b +c -c')
})

test('skips all that depends on a failure, however far, and lets the rest go on', async () => {
  expect(await trace('a b<a c<b d e<d,c f<d', { fails: ['a'] })).toBe('+a +d -a -d !b !c !e +f -f')
})

test('starts nothing more once it is stopped', async () => {
  expect(await trace('a b<a c', { parallel: 1, abortAfter: 'a' })).toBe('+a -a !b !c')
  expect(await trace('a b<a', { abortAfter: 'a', fails: ['a'] })).toBe('+a -a !b')
})

test('throws what went wrong after everything that ran has ended', async () => {
  expect(await trace('a b c<b d<a', { throws: 'a' })).toBe('+a +b -b !c !d Error: broken a')
})
