import { expect, test } from 'vitest'
import { Chores } from '../../src/core/chores.ts'

test('chores are done beside other work, in order', async () => {
  const chores = new Chores()
  const done: number[] = []
  for (let number = 0; number < 20; number++) chores.add(() => void done.push(number))
  expect(await chores.runBeside(Promise.resolve('work'))).toBe('work')
  expect(done).toEqual(Array.from({ length: 20 }, (_, number) => number))
})

test('if a chore fails, the work ends first, and no other chore is done', async () => {
  const chores = new Chores()
  const done: string[] = []
  chores.add(() => {
    throw new Error('full disk')
  })
  chores.add(() => void done.push('chore'))
  const work = new Promise((resolve) => setTimeout(resolve, 30)).then(() => done.push('work'))
  await expect(chores.runBeside(work)).rejects.toThrow('full disk')
  expect(done).toEqual(['work'])
})

test('if the work fails, its error counts, and the other chores are not done', async () => {
  const chores = new Chores()
  let done = 0
  for (let number = 0; number < 100; number++)
    chores.add(() => {
      done++
    })
  await expect(chores.runBeside(Promise.reject(new Error('bad archive')))).rejects.toThrow('bad archive')
  expect(done).toBeLessThan(100)
})
