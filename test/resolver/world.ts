import type { Candidate, PackageDocument } from '../../src/core/ports.ts'
import { explain } from '../../src/resolver/explain.ts'
import type { ResolveProblem } from '../../src/resolver/problem.ts'
import { createSolver, type Outcome } from '../../src/resolver/solver.ts'
import type { Dependency } from '../../src/schema/dependency.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'

/** Packages and a question about them. */
export interface World {
  readonly problem: ResolveProblem
  readonly documents: Map<PackageName, PackageDocument>
}

/**
 * Reads a world from text with one item per line:
 *
 *     root: a ^1, b >=1 <3           what the root depends on
 *     a 1.0.0: b ^1, c? *            a version; `c?` is optional, `b+fast` turns on the feature fast
 *     a 1.1.0 [yanked: broken] [at 2026-01-01T00:00:00Z] [cpm >=2] [fast = c]
 *     lock: a 1.0.0                  and `override: b 2.0.0`, `cpm: 0.1.0`, `until: 2026-01-01T00:00:00Z`
 */
export function worldOf(text: string): World {
  const candidates = new Map<PackageName, Candidate[]>()
  const locked = new Map<PackageName, Version>()
  const overrides = new Map<PackageName, string>()
  let root: Dependency[] = []
  let settings: Partial<ResolveProblem> = {}
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, head = '', brackets = '', rest = ''] = /^([^:[]+?)\s*((?:\[[^\]]*\]\s*)*)(?::(.*))?$/.exec(line) ?? []
    const items = rest.split(',').map((item) => item.trim())
    const pairs = items.filter((item) => item !== '').map(nameAndRest)
    if (head === 'root') root = pairs.map(dependencyOf)
    else if (head === 'lock') for (const [name, version] of pairs) locked.set(name as PackageName, version as Version)
    else if (head === 'override') for (const [name, range] of pairs) overrides.set(name as PackageName, range)
    else if (head === 'cpm') settings = { ...settings, target: { ...settings.target, cpm: rest.trim() as Version } }
    else if (head === 'target') settings = { ...settings, target: Object.fromEntries(pairs) }
    else if (head === 'until') settings = { ...settings, excludeNewer: rest.trim() }
    else {
      const [name, version] = nameAndRest(head) as [PackageName, Version]
      const known = candidates.get(name) ?? []
      known.push({ ...candidateOf(version, brackets), dependencies: pairs.map(dependencyOf) })
      candidates.set(name, known)
    }
  }
  return {
    problem: { dependencies: root, locked, overrides, ...settings },
    documents: new Map([...candidates].map(([name, known]) => [name, { name, candidates: known }])),
  }
}

/** Returns the solver's answer for a world: `a 1.0.0, b 2.0.0`, what it left out, or why there is no solution. */
export function answerTo(text: string): string {
  return describe(solveWorld(worldOf(text)))
}

export function solveWorld({ problem, documents }: World): Outcome {
  const solver = createSolver(problem)
  let step = solver.step()
  while (step.type === 'need' || step.type === 'pause') {
    const names = step.type === 'need' ? step.names : []
    step = solver.step(new Map(names.map((name) => [name, documents.get(name) ?? null])))
  }
  return step
}

export function describe(outcome: Outcome): string {
  if (outcome.type === 'exhausted') return `exhausted after ${outcome.steps}`
  if (outcome.type === 'unsolvable') return explain(outcome.failure)
  const { packages, omitted } = outcome.solution
  const chosen = [...packages].map(([name, { version }]) => `${name} ${version}`).join(', ')
  return [chosen, ...[...omitted].map(([name, reason]) => `without ${name}: ${reason}`)].join('\n')
}

function nameAndRest(text: string): [string, string] {
  const space = text.indexOf(' ')
  return space < 0 ? [text, '*'] : [text.slice(0, space), text.slice(space + 1)]
}

function dependencyOf([written, requirement]: [string, string]): Dependency {
  const [marked = '', ...features] = written.split('+')
  const optional = marked.endsWith('?')
  return { name: (optional ? marked.slice(0, -1) : marked) as PackageName, requirement, optional, features }
}

function candidateOf(version: Version, brackets: string): Candidate {
  const features: Record<string, PackageName[]> = {}
  let candidate: Candidate = { version, dependencies: [], features, conditions: {}, yanked: false }
  for (const [, note = ''] of brackets.matchAll(/\[([^\]]*)\]/g)) {
    const yank = /^yanked(?:: (.*))?$/.exec(note)
    if (yank) candidate = { ...candidate, yanked: true, yankReason: yank[1] }
    else if (note.startsWith('at ')) candidate = { ...candidate, publishedAt: note.slice(3) }
    else if (note.startsWith('cpm ')) candidate = { ...candidate, conditions: { cpm: note.slice(4) } }
    else if (note.startsWith('colonyos ')) candidate = { ...candidate, conditions: { colonyos: note.slice(9) } }
    else if (note.startsWith('for '))
      candidate = { ...candidate, conditions: { architecture: note.slice(4).split(', ') } }
    else if (note.startsWith('refused: ')) candidate = { ...candidate, refusal: note.slice(9) }
    else {
      const [feature = '', names = ''] = note.split(' = ')
      features[feature] = names.split(/,\s*/) as PackageName[]
    }
  }
  return candidate
}
