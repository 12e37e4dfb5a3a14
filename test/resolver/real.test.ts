import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Universe, resolveUniverse } from '../../src/resolver/api.ts'

/**
 * Conflicts that people have: versions and requirements (those on peers too) of some packages of npm as they were published by November
 * 2026, without pre-releases, and a project that asks for what does not go together.
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

test.each(CONFLICTS)('a conflict about %s is told in a sentence, with what helps', (file, explanation, fixes) => {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, `../../fixtures/resolver/real/${file}.json`), 'utf8')
  expect(resolveUniverse(JSON.parse(text) as Universe)).toMatchObject({ unsolvable: true, explanation, fixes })
})
