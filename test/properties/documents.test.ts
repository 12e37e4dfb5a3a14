import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { canonicalJson, parseCanonicalJson } from '../../src/core/canonical-json.ts'
import { CpmError } from '../../src/core/errors.ts'
import { readJson } from '../../src/core/json.ts'
import { readYaml } from '../../src/core/yaml.ts'
import { readLockText, writeLock } from '../../src/installer/lockfile.ts'
import { checkPackageManifest, checkProjectManifest } from '../../src/package/manifest.ts'
import { readOwnersChain } from '../../src/package/owners.ts'
import { readEnvelope } from '../../src/package/signed-envelope.ts'
import { parseIndex } from '../../src/registry/index-file.ts'
import { Dependencies, writeDependencies } from '../../src/schema/dependency.ts'
import type { Lock } from '../../src/schema/lock.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { hostileText, packageName, range, version } from './arbitraries.ts'

const NAME = 'a' as PackageName
const AT = '2026-03-14T10:00:00.000Z'

const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `blake3:${hex}`)
const KEY = 'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c'
const feature = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/)
const line = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(text))

const written = fc.oneof(
  range,
  fc.record({ version: range, optional: fc.constant(true as const), features: fc.array(feature, { maxLength: 2 }) }),
)
const dependencies = fc.dictionary(packageName, written, { maxKeys: 4, noNullPrototype: true })

const lock = fc.record({
  schemaVersion: fc.constant(1),
  roots: fc.record({
    '.': fc.record({
      dependencies,
      devDependencies: dependencies,
      overrides: fc.dictionary(packageName, range, { maxKeys: 2, noNullPrototype: true }),
    }),
  }),
  omitted: fc.dictionary(packageName, line, { maxKeys: 2, noNullPrototype: true }),
  packages: fc.dictionary(
    packageName,
    fc.oneof(
      fc.record({
        version,
        dependencies,
        registry: feature,
        tree: digest,
        tar: digest,
        owner: fc.constantFrom(null, KEY),
      }),
      fc.record({ version, dependencies, path: fc.stringMatching(/^[a-z./]{1,20}$/) }),
    ),
    { maxKeys: 4, noNullPrototype: true },
  ),
}) as unknown as fc.Arbitrary<Lock>

const record = fc.oneof(
  fc.record({
    v: fc.constant(1),
    type: fc.constant('publish'),
    name: fc.constant(NAME),
    version,
    dependencies,
    features: fc.dictionary(feature, fc.array(packageName, { maxLength: 2 }), { maxKeys: 2, noNullPrototype: true }),
    conditions: fc.record({ colonyos: range, cpm: range }, { requiredKeys: [] }),
    tree: digest,
    size: fc.maxSafeNat(),
    archiveSize: fc.maxSafeNat(),
    envelope: digest,
    owners: fc.constant(1),
    publishedAt: fc.constant(AT),
  }),
)

const manifest = fc
  .record(
    {
      apiVersion: fc.constant('v1'),
      name: packageName,
      version,
      description: line,
      dependencies,
      keywords: fc.array(line, { maxLength: 3 }),
      executables: fc.array(hostileText, { maxLength: 2 }),
      conditions: fc.record({ colonyos: range }),
    },
    { requiredKeys: ['apiVersion', 'name', 'version'] },
  )
  .filter(({ name, dependencies: map }) => map === undefined || !Object.hasOwn(map, name))

/** Data of any shape, with keys that mean something to JavaScript or to cpm. */
const key = fc.oneof(
  hostileText,
  fc.constantFrom('name', 'version', 'dependencies', 'packages', 'roots', 'schemaVersion', 'v', 'record', 'payload'),
)
const anyData = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(fc.constant(null), fc.boolean(), fc.double(), fc.integer(), hostileText),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value

/** Returns the object with its keys in reverse order, at every level. */
function reversed(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(reversed)
  return Object.fromEntries(Object.entries(value).reverse().map(([name, item]) => [name, reversed(item)])) // prettier-ignore
}

/** Runs a reader, which may refuse the input but not fail in another way. */
function orRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof CpmError && error.code !== 'INTERNAL') return undefined
    throw error
  }
}

describe('any lock', () => {
  test('B03 is read as it was written, in one form whatever the order of its keys', () => {
    fc.assert(
      fc.property(lock, (given) => {
        const text = writeLock(given)
        const read = readLockText(text)
        expect(read).toEqual({ kind: 'lock', lock: given, text })
        expect(writeLock(reversed(given) as Lock)).toBe(text)
      }),
    )
  })

  test('B03 is refused with any other value in place of one of its own, or is a lock like any other', () => {
    fc.assert(
      fc.property(lock, anyData, fc.nat(), (given, odd, at) => {
        const texts = [...writeLock(given).matchAll(/(?<=: )(?:"[^"]*"|null|1)/g)]
        const target = texts[at % Math.max(1, texts.length)]
        if (!target) return
        const whole = writeLock(given)
        const changed =
          whole.slice(0, target.index) + JSON.stringify(odd) + whole.slice(target.index + target[0].length)
        const read = orRefused(() => readLockText(changed))
        if (read?.kind === 'lock') expect(readLockText(writeLock(read.lock))).toMatchObject({ lock: read.lock })
      }),
    )
  })
})

describe('any line of an index', () => {
  test('is read as it was written, and in no other spelling', () => {
    fc.assert(
      fc.property(record, (given) => {
        const text = canonicalJson(given)
        const { releases } = parseIndex(NAME, Buffer.from(`${text}\n`))
        const [read] = [...releases.values()]
        expect({ ...read, dependencies: writeDependencies(read?.dependencies ?? []) }).toEqual(
          // An optional dependency without features is written without an empty list.
          { ...given, dependencies: writeDependencies(Dependencies.parse(given.dependencies)) },
        )
        for (const other of [JSON.stringify(reversed(given)), JSON.stringify(given, null, 1).replaceAll('\n', '')])
          if (other !== text) expect(orRefused(() => parseIndex(NAME, Buffer.from(`${other}\n`)))).toBeUndefined()
      }),
    )
  })

  test('that is cut anywhere is not read', () => {
    fc.assert(
      fc.property(record, fc.nat(), (given, at) => {
        const whole = Buffer.from(`${canonicalJson(given)}\n`)
        const cut = whole.subarray(0, at % whole.length)
        expect(parseIndex(NAME, cut).releases.size).toBe(0)
      }),
    )
  })
})

describe('any manifest', () => {
  test('is the same in YAML and in JSON, for authors and for consumers', () => {
    fc.assert(
      fc.property(manifest, (given) => {
        const json = JSON.stringify(given)
        const read = (text: string, unknownKeys: 'refuse' | 'tolerate') =>
          checkPackageManifest('colony.yaml', text, { unknownKeys })
        const fromJson = read(json, 'refuse')
        const fromYaml = read(stringify(given, { version: '1.2' }), 'refuse')
        expect(fromYaml.manifest).toEqual(fromJson.manifest)
        expect(fromYaml.problems.map(({ message }) => message)).toEqual(fromJson.problems.map(({ message }) => message))
        expect(read(json, 'tolerate').manifest).toEqual(fromJson.manifest)
        if (!fromJson.manifest) return
        expect(checkProjectManifest('colony.yaml', json, { unknownKeys: 'refuse' }).manifest).toEqual(fromJson.manifest)
        const { dependencies: list } = fromJson.manifest
        expect(Dependencies.parse(writeDependencies(list))).toEqual(list)
      }),
    )
  })
})

describe('any data', () => {
  test('has one canonical form, which reads back as the same data', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        let text: string
        try {
          text = canonicalJson(value)
        } catch (error) {
          // Fractions, unsafe numbers, lone surrogates and __proto__ have no canonical form.
          expect(error).toBeInstanceOf(TypeError)
          return
        }
        expect(canonicalJson(parseCanonicalJson(text))).toBe(text)
        expect(canonicalJson(reversed(value))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 300 },
    )
  })

  test('B08 B11 is refused by the readers of all formats without a crash, and pollutes nothing', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        const text = JSON.stringify(value)
        const lineOf = `${orText(() => canonicalJson(value), text)}\n`
        orRefused(() => readLockText(text))
        orRefused(() => parseIndex(NAME, Buffer.from(lineOf)))
        orRefused(() => readOwnersChain(NAME, lineOf))
        orRefused(() => readEnvelope(Buffer.from(lineOf.trimEnd()), 'a@1.0.0'))
        for (const check of [checkPackageManifest, checkProjectManifest]) {
          const { manifest: read, problems } = check('colony.yaml', text, { unknownKeys: 'tolerate' })
          expect(read === undefined).toBe(problems.length > 0)
        }
        expect(Object.keys(Object.prototype)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  test('D02 is the same in JSON and YAML for the readers of both', () => {
    fc.assert(
      fc.property(anyData, (value) => {
        const text = JSON.stringify(value)
        const json = readJson(text)
        const { yaml } = readYaml('file.json', text)
        if (yaml && 'value' in json) expect(canonicalLike(yaml.data)).toBe(canonicalLike(json.value))
      }),
      { numRuns: 300 },
    )
  })
})

function orText(write: () => string, otherwise: string): string {
  try {
    return write()
  } catch {
    return otherwise
  }
}

function canonicalLike(value: unknown): string {
  return JSON.stringify(value)
}
