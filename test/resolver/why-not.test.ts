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
  it('holds nothing beside the first direct dependency', () => {
    expect(asked('a')).toEqual({ pins: { a: '2.0.0' }, names: ['a', 'b', 'c'], locked: 0 })
  })

  it('holds the direct dependencies that are declared before the one asked about, and none after it', () => {
    expect(asked('b')).toEqual({ pins: { a: '1.0.0', b: '2.0.0' }, names: ['a', 'b', 'c'], locked: 0 })
  })

  it('holds all direct dependencies beside one that only others ask for, and asks for that one too', () => {
    expect(asked('deep')).toEqual({
      pins: { a: '1.0.0', b: '1.0.0', c: '1.0.0', deep: '2.0.0' },
      names: ['a', 'b', 'c', 'deep'],
      locked: 0,
    })
  })
})
