import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Universe, resolveUniverse } from '../../src/resolver/api.ts'

/**
 * Real conflicts: versions and requirements (including peer dependencies) of npm packages as published by November
 * 2026, without pre-releases, and a project with incompatible requirements.
 */
const CONFLICTS: [file: string, explanation: string, fixes: string[]][] = [
  [
    'eslint',
    'Because your project depends on eslint ^10.0.0 and eslint-config-airbnb ^19.0.0, and every version of eslint-config-airbnb needs ' +
      'eslint >=7.2.0 <=7.32.0 or >=8.2.0 <=8.57.1, no choice of versions works.',
    ['eslint-config-airbnb', 'eslint'],
  ],
  [
    'react',
    'Because your project depends on react-dom ^19.0.0 and @material-ui/icons ^4.9.0, and every version of @material-ui/icons needs ' +
      'react-dom <=17.0.2, no choice of versions works.',
    ['@material-ui/icons'],
  ],
  [
    'vite',
    'Because your project depends on vite ^8.0.0 and @vitest/coverage-v8 ^1.0.0, @vitest/coverage-v8 <=4.0.18 needs vitest <=4.0.18, and ' +
      'vitest <=4.0.18 needs vite <=7.3.8, no choice of versions works.',
    ['@vitest/coverage-v8', 'vite'],
  ],
]

test.each(CONFLICTS)('a conflict about %s is explained in one sentence, with fixes', (file, explanation, fixes) => {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, `../../fixtures/resolver/real/${file}.json`), 'utf8')
  expect(resolveUniverse(JSON.parse(text) as Universe)).toMatchObject({ unsolvable: true, explanation, fixes })
})

const versionsOf = (count: number, demand: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`1.${index}.0`, { base: demand(index) }]))

test('thousands of versions with the same flaw take one sentence, whatever their ranges', () => {
  for (const demand of [() => '^2.0.0', (index: number) => `^2.${index}.0`]) {
    const universe = { family: versionsOf(5000, demand), base: { '1.0.0': {} } }
    const answer = resolveUniverse({ universe, root: { family: '*' } })
    if (!('unsolvable' in answer)) throw new Error('there is no base 2')
    expect(answer.explanation.split('\n')).toHaveLength(1)
    expect(answer.explanation.length).toBeLessThan(500)
    expect(answer.explanation).toContain('no version of base matches ^2.0.0 (published: 1.0.0)')
  }
})

test('a chain of 50,000 packages is resolved to its end', () => {
  const universe = Object.fromEntries(
    Array.from({ length: 50_000 }, (_, index) => [
      `p${index}`,
      { '1.0.0': index < 49_999 ? { [`p${index + 1}`]: '*' } : {} },
    ]),
  )
  const answer = resolveUniverse({ universe, root: { p0: '*' } })
  expect('solution' in answer && Object.keys(answer.solution)).toHaveLength(50_000)
})

test('versions that are not considered are listed once, even if several ranges match them', () => {
  const universe = {
    a: { '0.1.0': {}, '1.0.0': {}, '2.0.0': {} },
    b: { '1.0.0': { a: '<=1.0.0' }, '1.1.0': { a: '<1.5.0' } },
    c: { '1.0.0': { a: '^2.0.0 || 0.1.0' } },
  }
  const answer = resolveUniverse({ universe, root: { b: '*', c: '*' }, yanked: { a: ['0.1.0'] } })
  if (!('unsolvable' in answer)) throw new Error('b and c never agree on a')
  const notes = answer.explanation.split('\n').filter((line) => line.startsWith('Not considered'))
  expect(notes).toEqual(['Not considered: a 0.1.0 was yanked.'])
})
