import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  inTime,
  mapConcurrently,
  mapInBatches,
  Semaphore,
  Singleflight,
  unlessAborted,
  untilAborted,
} from '../../src/core/concurrency.ts'

describe('a semaphore', () => {
  test('admits waiting callers in order, up to its limit, when the limit is raised', async () => {
    const semaphore = new Semaphore(1)
    const inside: number[] = []
    const leave: (() => void)[] = []
    const all = [0, 1, 2, 3].map((number) =>
      semaphore.pass(async () => {
        inside.push(number)
        await new Promise<void>((resolve) => leave.push(resolve))
      }),
    )
    await Promise.resolve()
    expect([inside, semaphore.isFull, semaphore.waiting]).toEqual([[0], true, 3])
    semaphore.widen(2)
    await Promise.resolve()
    expect([inside, semaphore.isFull, semaphore.waiting]).toEqual([[0, 1, 2], true, 1])
    semaphore.widen(2)
    await Promise.resolve()
    expect([inside, semaphore.isFull, semaphore.waiting]).toEqual([[0, 1, 2, 3], false, 0])
    for (const go of leave) go()
    await Promise.all(all)
  })
})

test('a concurrent map keeps the order, respects its limit, and stops at the first failure', async () => {
  let underWay = 0
  let most = 0
  const work = async (number: number) => {
    most = Math.max(most, ++underWay)
    await delay(5 - number)
    underWay--
    return number * 2
  }
  expect(await mapConcurrently([0, 1, 2, 3, 4], 2, work)).toEqual([0, 2, 4, 6, 8])
  expect(most).toBe(2)
  const started: number[] = []
  const failing = mapConcurrently([0, 1, 2, 3, 4], 2, async (number) => {
    started.push(number)
    await Promise.resolve()
    if (number === 1) throw new Error('one')
    await delay(5)
  })
  await expect(failing).rejects.toThrow('one')
  expect(started).toEqual([0, 1])
})

test('a map in batches keeps the order, and stops with the signal even while an item waits', async () => {
  const items = Array.from({ length: 100 }, (_, index) => index)
  expect(await mapInBatches(items, (item) => Promise.resolve(item + 1))).toEqual(items.map((item) => item + 1))
  const stop = new AbortController()
  const waiting = mapInBatches(items, () => new Promise<never>(() => undefined), stop.signal)
  stop.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
})

test('simultaneous calls share one execution; later calls run again, even after a failure', async () => {
  const once = new Singleflight()
  let times = 0
  const work = async () => {
    await Promise.resolve()
    if (++times === 1) throw new Error('first')
    return times
  }
  const both = await Promise.allSettled([once.run('a', work), once.run('a', work)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await Promise.all([once.run('a', work), once.run('b', work)])).toEqual([2, 3])
})

describe('waiting for work', () => {
  test('stops with the signal, and removes its listener when the work ends', async () => {
    const stop = new AbortController()
    expect(await unlessAborted(Promise.resolve(1), stop.signal)).toBe(1)
    const never = new Promise<never>(() => undefined)
    const waiting = unlessAborted(never, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    await expect(unlessAborted(never, stop.signal)).rejects.toThrow('stopped')
    await untilAborted(stop.signal)
  })

  test('stops at the deadline', async () => {
    const late = () => new Error('late')
    expect(await inTime(Promise.resolve(1), 1000, late)).toBe(1)
    await expect(inTime(new Promise<never>(() => undefined), 1, late)).rejects.toThrow('late')
  })
})
