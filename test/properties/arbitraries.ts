import fc from 'fast-check'
import semver from 'semver'
import type { PackageName } from '../../src/schema/name.ts'
import type { Version } from '../../src/schema/version.ts'

/** Texts that could mean something else to somebody, alone or in the middle of others. */
const TRAPS = [
  ...['', '.', '..', '/', '//', '\\', '../', '..\\', 'C:', '\0', '%2e%2e', '%2F', '~', '-', '@', '@/', ':', '*', '?', '<'],
  ...['\u202e', '\u200b', '\ufeff', '\ud800', '\r\n', '\u2028', '\t', '\u001b[31m', 'e\u0301', 'é', 'ß', 'ſ', 'K', 'İ'],
  ...['con', 'AUX.txt', 'nul', 'com1', ' ', '. ', '__proto__', 'constructor', 'toString', 'node_modules', '.git', 'a'.repeat(300)],
] // prettier-ignore

export const hostileText = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc
    .array(fc.oneof(fc.constantFrom(...TRAPS), fc.string({ maxLength: 5 })), { maxLength: 5 })
    .map((all) => all.join('')),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
)

const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/)

export const packageName = fc.oneof(
  word,
  fc.tuple(word, word).map(([scope, name]) => `@${scope}/${name}`),
) as fc.Arbitrary<PackageName>

const number = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 9_999 }), fc.constant(Number.MAX_SAFE_INTEGER))
const ending = fc.oneof(fc.constant(''), fc.constantFrom('-0', '-alpha', '-rc.1', '-rc.10', '-1.x', '-a-b'))

export const version = fc
  .tuple(number, number, number, ending)
  .map(([major, minor, patch, end]) => `${major}.${minor}.${patch}${end}`) as fc.Arbitrary<Version>

const comparator = fc
  .tuple(fc.constantFrom('', '^', '~', '>=', '>', '<', '<=', '=', '>=0 ', '~>'), version, fc.nat({ max: 3 }))
  .map(([sign, text, parts]) => sign + (parts === 0 ? text : text.split(/[.-]/).slice(0, parts).join('.')))

const both = fc.oneof(
  fc.array(comparator, { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')),
  fc.tuple(version, version).map((two) => two.join(' - ')),
  fc.constantFrom('*', '', 'x', '1.x', '1.2.X'),
)

/** Texts that look like ranges. A range that needs a number beyond the safe ones, as `^9007199254740991` does, is none. */
export const rangeText = fc.array(both, { minLength: 1, maxLength: 3 }).map((all) => all.join(' || '))

export const range = rangeText.filter((text) => text.length <= 256 && semver.validRange(text) !== null)
