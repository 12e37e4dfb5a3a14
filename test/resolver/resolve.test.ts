import { describe, expect, it } from 'vitest'
import type { PackageSource } from '../../src/core/ports.ts'
import { resolve } from '../../src/resolver/resolve.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { describe as written, type World, worldOf } from './world.ts'

const WORLD = worldOf(`
  root: a *, b *
  a 1.0.0: c ^1.0.0
  b 1.0.0: c *
  c 1.0.0
  c 2.0.0`)

describe('resolve', () => {
  it('fetches what the solver needs in batches', async () => {
    const asked: string[][] = []
    const outcome = await resolve(WORLD.problem, sourceOf(WORLD, asked))
    expect(written(outcome)).toBe('a 1.0.0, b 1.0.0, c 1.0.0')
    expect(asked).toEqual([['a', 'b'], ['c']])
  })

  it('explains why there is no solution', async () => {
    const world = worldOf(`
      root: lost *`)
    expect(written(await resolve(world.problem, sourceOf(world)))).toBe(
      'Because your project depends on lost and there is no package named lost, no choice of versions works.',
    )
  })

  it('passes on errors of the source', async () => {
    const unreachable = new Error("the registry can't be reached")
    const source: PackageSource = { read: () => Promise.reject(unreachable) }
    await expect(resolve(WORLD.problem, source)).rejects.toBe(unreachable)
  })

  it("doesn't mistake a missing answer for a missing package", async () => {
    const source: PackageSource = { read: () => Promise.resolve(new Map()) }
    await expect(resolve(WORLD.problem, source)).rejects.toThrow('did not answer for a, b')
    const forgetful: PackageSource = { read: () => Promise.resolve(new Map([['a' as PackageName, null]])) }
    await expect(resolve(WORLD.problem, forgetful)).rejects.toThrow('did not answer for b')
  })

  it('stops between batches when its signal aborts', async () => {
    const controller = new AbortController()
    const asked: string[][] = []
    const source = sourceOf(WORLD, asked)
    const stopping: PackageSource = {
      read: (names) => {
        controller.abort(new Error('stopped'))
        return source.read(names)
      },
    }
    await expect(resolve(WORLD.problem, stopping, { signal: controller.signal })).rejects.toThrow('stopped')
    expect(asked).toEqual([['a', 'b']])
  })
})

function sourceOf({ documents }: World, asked: string[][] = []): PackageSource {
  return {
    read: (names: readonly PackageName[]) => {
      asked.push([...names])
      return Promise.resolve(new Map(names.map((name) => [name, documents.get(name) ?? null])))
    },
  }
}
