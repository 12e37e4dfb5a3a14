import { describe, expect, it } from 'vitest'
import { whyNotProblem } from '../../src/resolver/why-not.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { worldOf } from './world.ts'

const { problem } = worldOf(`
  root: a *, b *, c *, extra? *
  lock: a 1.0.0, deep 1.0.0`)
const CHOSEN = new Map(
  Object.entries({ a: '1.0.0', b: '1.0.0', c: '1.0.0', deep: '1.0.0' }) as [PackageName, Version][],
)

function asked(name: string) {
  const { pins, dependencies, locked } = whyNotProblem(problem, CHOSEN, {
    name: name as PackageName,
    version: '2.0.0' as Version,
  })
  return {
    pins: Object.fromEntries(pins ?? []),
    names: dependencies.map((dependency) => dependency.name),
    locked: locked.size,
  }
}

describe('the question why a version is not chosen', () => {
  it('pins only the first direct dependency if it asks about that one', () => {
    expect(asked('a')).toEqual({ pins: { a: '2.0.0' }, names: ['a', 'b', 'c'], locked: 0 })
  })

  it('pins the direct dependencies that are declared before the one it asks about, and none after it', () => {
    expect(asked('b')).toEqual({ pins: { a: '1.0.0', b: '2.0.0' }, names: ['a', 'b', 'c'], locked: 0 })
  })

  it('pins all direct dependencies if it asks about an indirect one, which it also requires', () => {
    expect(asked('deep')).toEqual({
      pins: { a: '1.0.0', b: '1.0.0', c: '1.0.0', deep: '2.0.0' },
      names: ['a', 'b', 'c', 'deep'],
      locked: 0,
    })
  })
})
