import { readFileSync, readdirSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Universe } from '../../src/resolver/api.ts'
import { documentOf, problemOf, resolveUniverse } from '../../src/resolver/universe.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'
import { faultsOf } from './checker.ts'

/** A case of fixtures/resolver, whose answer was found with SAT solvers. */
interface Case extends Universe {
  readonly name: string
  readonly expect: {
    readonly solvable: boolean
    /** the only correct answer */
    readonly solution?: Record<string, string>
    /** one of these is correct */
    readonly anyOf?: readonly Record<string, string>[]
    /** the best version of each direct dependency, those declared first counting most */
    readonly bestRoot?: Record<string, string>
    /** packages that every reason must name */
    readonly mustMention?: readonly string[]
    readonly mustNotMention?: readonly string[]
  }
}

const FOLDER = new URL('../../fixtures/resolver/', import.meta.url)
const random = JSON.parse(readFileSync(new URL('random.json', FOLDER), 'utf8')) as Case[]
const large = readdirSync(new URL('large/', FOLDER)).map((file) => new URL(`large/${file}`, FOLDER))

// A few seconds for the large ones; the limit leaves room for a busy machine.
describe('the cases of fixtures/resolver', { timeout: 120_000 }, () => {
  it.each(random.map((each) => [each.name, each] as const))('%s', (_name, each) => {
    check(each)
  })

  it.each(large.map((file) => [file.pathname.split('/').at(-1), file] as const))('large/%s', (_name, file) => {
    check(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Case)
  })
})

function check({ expect: right, ...question }: Case): void {
  const answer = resolveUniverse(question)
  if ('unsolvable' in answer) {
    expect(right.solvable, answer.explanation).toBe(false)
    expect((right.mustMention ?? []).filter((name) => !mentions(answer.explanation, name))).toEqual([])
    expect((right.mustNotMention ?? []).filter((name) => mentions(answer.explanation, name))).toEqual([])
    return
  }
  expect(right.solvable).toBe(true)
  expect(faultsIn(question, answer.solution)).toEqual([])
  if (right.solution) expect(answer.solution).toEqual(right.solution)
  if (right.anyOf) expect(right.anyOf).toContainEqual(answer.solution)
  if (right.bestRoot) expect(answer.solution).toMatchObject(right.bestRoot)
}

function faultsIn(question: Universe, solution: Record<string, string>): string[] {
  const documents = new Map(
    Object.keys(question.universe).map((name) => [
      name as PackageName,
      documentOf(question, name as PackageName) ?? { name: name as PackageName, candidates: [] },
    ]),
  )
  const packages = new Map(
    Object.entries(solution).map(([name, version]) => {
      const candidate = documents.get(name as PackageName)?.candidates.find((each) => each.version === version)
      return [name as PackageName, { version: version as Version, dependencies: candidate?.dependencies ?? [] }]
    }),
  )
  return faultsOf({ problem: problemOf(question), documents }, { packages })
}

function mentions(text: string, name: string): boolean {
  return text.split(/[^\w@/.-]+/).some((word) => word.replace(/\.$/, '') === name)
}
