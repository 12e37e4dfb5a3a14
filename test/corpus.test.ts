import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { corpusName, makeCorpus, type CorpusPackage } from '../bench/corpus.ts'
import { isPackageName } from '../src/schema/name.ts'
import { leftovers } from './faults/faulty.ts'
import { Rig } from './rig/rig.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const MINUTES = 60_000

describe('the mapping of npm names', () => {
  const names = [
    'a',
    'a-b',
    'a--b',
    'a---b',
    'a.b',
    'a_b',
    'a~b',
    'a-.b',
    'a.-b',
    'a-d',
    'a--d',
    'A',
    'ca',
    '-a',
    'a-',
    '.a',
    '@a/b',
    '@a.b/c',
    '@A/b',
    'ab',
    'a-h',
    'aB',
    'a-cb',
  ]

  test('gives valid and distinct names', () => {
    const mapped = names.map(corpusName)
    expect(mapped.filter((name) => !isPackageName(name))).toEqual([])
    expect(new Set(mapped).size).toBe(names.length)
    expect(corpusName('@types/proper-lockfile')).toBe('@types/proper-lockfile')
  })

  test('gives distinct names for thousands of strange names', () => {
    const alphabet = ['a', 'd', 'h', 'c', '-', '.', '_', 'A', '~']
    const all = alphabet.flatMap((a) =>
      alphabet.flatMap((b) => alphabet.flatMap((c) => alphabet.map((d) => a + b + c + d))),
    )
    expect(new Set(all.map(corpusName)).size).toBe(all.length)
  })
})

/** The packages without those that are too large, and without every package that needs one of them. */
function without(packages: readonly CorpusPackage[], isTooLarge: (entry: CorpusPackage) => boolean) {
  let kept = packages.filter((entry) => !isTooLarge(entry))
  for (;;) {
    const names = new Set(kept.map(({ name }) => name))
    const next = kept.filter(({ dependencies }) => dependencies.every((name) => names.has(name)))
    if (next.length === kept.length) return kept
    kept = next
  }
}

describe("this clone's node_modules as packages", () => {
  let rig: Rig
  let leftOut: number
  let packages: readonly CorpusPackage[]
  let project: string

  beforeAll(async () => {
    rig = await Rig.create()
    const corpus = makeCorpus(path.join(ROOT, 'node_modules'), rig.path('corpus'))
    leftOut = corpus.leftOut.names + corpus.leftOut.packages
    // The number of files counts here. A few packages of few, large files would take half of the time.
    packages = without(corpus.packages, ({ files, bytes }) => bytes > 3_000_000 && bytes / files > 10_000)
    const folders = packages.map(({ folder }) => folder)
    const published = await rig.binary(['publish', '--quiet', '--allow', '**', ...folders])
    expect(published.code, published.stderr).toBe(0)
    project = projectOf(packages)
  }, 5 * MINUTES)

  const projectOf = (wanted: readonly CorpusPackage[]) =>
    rig.project({
      dependencies: Object.fromEntries(
        wanted.filter(({ topLevel }) => topLevel).map(({ name, version }) => [name, version]),
      ),
    })

  afterAll(async () => {
    await rig[Symbol.asyncDispose]()
  })

  test('are hundreds of packages with tens of thousands of files, and all omissions are counted', () => {
    expect(packages.length).toBeGreaterThan(200)
    expect(packages.reduce((sum, { files }) => sum + files, 0)).toBeGreaterThan(20_000)
    expect(leftOut).toBeLessThan(20)
  })

  test(
    'survive kill -9 at any moment of their installation',
    async () => {
      // Small packages are enough: the moments matter here, not the sizes.
      const small = without(packages, ({ files, bytes }) => bytes > 150_000 || files > 100).slice(0, 150)
      expect(small.length).toBeGreaterThan(120)
      const project = projectOf(small)
      const started = performance.now()
      expect((await rig.binary('install', { cwd: project })).code).toBe(0)
      const whole = performance.now() - started
      for (let moment = 1; moment <= 6; moment++) {
        // The previous process may have been killed before it made them.
        fs.rmSync(rig.store, { recursive: true, force: true })
        fs.rmSync(path.join(project, 'colony_packages'), { recursive: true, force: true })
        const child = rig.start('install', { cwd: project })
        const timer = setTimeout(() => child.kill('SIGKILL'), (whole * moment) / 7)
        await child
        clearTimeout(timer)
        if (moment % 3 !== 0) continue
        const ci = await rig.binary('ci', { cwd: project })
        expect(ci.code, `ci after kill ${moment}: ${ci.stderr}`).toBe(0)
        const verified = await rig.binary('verify', { cwd: project })
        expect(verified.code, `verify after kill ${moment}: ${verified.stderr}`).toBe(0)
        expect(leftovers(project, rig.home), `after kill ${moment}`).toEqual([])
      }
    },
    10 * MINUTES,
  )

  test(
    'are all reported when damaged in ten ways, and repaired by ci',
    async () => {
      await rig.binary('install', { cwd: project })
      const clean = await rig.binary('verify --json', { cwd: project })
      expect(clean.code, clean.stderr).toBe(0)
      const packages = path.join(project, 'colony_packages')
      const damaged = damageTenFiles((name) => path.join(packages, name), rig.path('elsewhere'))
      const { code, stderr } = await rig.binary('verify', { cwd: project })
      expect(code).toBe(5)
      for (const line of damaged) expect(stderr).toContain(line)
      expect(stderr).toContain('10 packages do not match the lock (10 files):')
      expect((await rig.binary('ci', { cwd: project })).code).toBe(0)
      expect((await rig.binary('verify', { cwd: project })).code).toBe(0)
    },
    5 * MINUTES,
  )
})

/** Damages ten files of ten packages in ten ways. Returns the lines that must report them. */
function damageTenFiles(folder: (name: string) => string, elsewhere: string): string[] {
  const file = (name: string) => path.join(folder(name), 'package.json')
  const rewrite = (name: string, change: (bytes: Buffer) => Buffer | string) => {
    const target = fs.realpathSync(file(name))
    const bytes = fs.readFileSync(target)
    fs.rmSync(target)
    fs.writeFileSync(target, change(bytes), { mode: 0o444 })
  }
  rewrite('zod', (bytes) =>
    Buffer.concat([bytes.subarray(0, 100), Buffer.from([(bytes[100] ?? 0) ^ 1]), bytes.subarray(101)]),
  )
  rewrite('semver', (bytes) => bytes.subarray(0, -1))
  rewrite('tar', (bytes) => Buffer.concat([bytes, Buffer.from('\n')]))
  rewrite('commander', () => '')
  rewrite('piscina', (bytes) => Buffer.alloc(bytes.length))
  fs.rmSync(file('yaml'))
  fs.chmodSync(file('execa'), 0o555)
  fs.writeFileSync(path.join(folder('ignore'), 'added.txt'), 'added')
  fs.mkdirSync(path.join(folder('vitest'), 'empty'))
  const linked = file('undici')
  fs.renameSync(linked, elsewhere)
  fs.symlinkSync(elsewhere, linked)
  return [
    ...['zod', 'semver', 'tar', 'commander', 'piscina'].map((name) => `${name}@`),
    'changed package.json (different contents)',
    'missing package.json',
    'changed package.json (different mode)',
    'added added.txt',
    'added empty/ (an empty folder)',
    'changed package.json (a link or special file)',
  ]
}
