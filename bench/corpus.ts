/**
 * Turns a node_modules tree into cpm packages, so that tests and benchmarks run on real files.
 *
 * npx tsx bench/corpus.ts <node_modules> <target folder>
 *
 * Names are mapped into cpm's grammar without collisions (`corpusName`). Whatever can't be converted (links, invalid
 * file names, versions with build metadata, dependencies that the top level doesn't satisfy) is counted and printed.
 */
import fs from 'node:fs'
import path from 'node:path'
import semver from 'semver'
import { stringify } from 'yaml'
import { z } from 'zod'
import { entryPathProblem, EntryPaths } from '../src/package/entry-path.ts'
import { isPackageName } from '../src/schema/name.ts'
import { isVersion } from '../src/schema/version.ts'

const PackageJson = z.object({
  version: z.string(),
  description: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
})

export interface CorpusPackage {
  readonly name: string
  readonly version: string
  readonly folder: string
  readonly files: number
  readonly bytes: number
  /** the names of the packages that it requires */
  readonly dependencies: readonly string[]
  /** the requirements, by name */
  readonly ranges: Readonly<Record<string, string>>
  /** found at the top of the tree: a project that requires all of these at once can be solved */
  readonly topLevel: boolean
}

export interface Corpus {
  readonly packages: readonly CorpusPackage[]
  readonly leftOut: { links: number; names: number; packages: number; dependencies: number; bundled: number }
}

/**
 * Letters, digits and single hyphens stay; anything else, and a hyphen next to another escape, becomes `--` and a
 * letter.
 */
export function corpusName(npmName: string): string {
  const slash = npmName.indexOf('/')
  return npmName.startsWith('@')
    ? `@${encode(npmName.slice(1, slash))}/${encode(npmName.slice(slash + 1))}`
    : encode(npmName)
}

const ESCAPES = new Map([
  ['.', 'd'],
  ['_', 'u'],
  ['~', 't'],
  ['-', 'h'],
])

function encode(part: string): string {
  let out = ''
  for (let i = 0; i < part.length; i++) {
    const c = part[i] ?? ''
    const next = part[i + 1]
    const plainHyphen = c === '-' && i > 0 && next !== undefined && /[a-z0-9]/.test(next) && !out.endsWith('-')
    if (/[a-z0-9]/.test(c) || plainHyphen) out += c
    else if (/[A-Z]/.test(c)) out += `--c${c.toLowerCase()}`
    else out += `--${ESCAPES.get(c) ?? `x${c.charCodeAt(0).toString(16)}z`}`
  }
  // Names start with a letter or digit. `--s` is not an escape, so no other name maps to this one.
  return out.startsWith('-') ? `0--s${out}` : out
}

interface Found {
  npmName: string
  folder: string
  json: z.infer<typeof PackageJson>
  topLevel: boolean
}

/** @param most stop after this many packages, for a smaller corpus of the same kind */
export function makeCorpus(nodeModules: string, target: string, most = Infinity): Corpus {
  const leftOut = { links: 0, names: 0, packages: 0, dependencies: 0, bundled: 0 }
  const found = [...findPackages(nodeModules, true)].slice(0, most)
  const top = new Map(found.filter(({ topLevel }) => topLevel).map(({ npmName, json }) => [npmName, json.version]))
  const seen = new Set<string>()
  const packages: CorpusPackage[] = []
  for (const entry of found) {
    const name = corpusName(entry.npmName)
    const { version } = entry.json
    const id = `${name}@${version}`
    // The same version of a package may be in several places of the tree.
    if (seen.has(id)) continue
    seen.add(id)
    if (!isPackageName(name) || !isVersion(version)) {
      leftOut.packages++
      continue
    }
    const folder = path.join(target, `${name.replace('/', '+')}-${version}`)
    const { files, bytes, executables } = linkFiles(entry.folder, folder, leftOut)
    const dependencies: Record<string, string> = {}
    for (const [dependency, range] of Object.entries(entry.json.dependencies ?? {})) {
      const there = top.get(dependency)
      if (there !== undefined && semver.validRange(range) !== null && semver.satisfies(there, range))
        dependencies[corpusName(dependency)] = range
      else leftOut.dependencies++
    }
    const description = entry.json.description?.slice(0, 200)
    const manifest = { apiVersion: 'v1', name, version, ...(description && { description }), dependencies, executables }
    fs.writeFileSync(path.join(folder, 'colony.yaml'), stringify(manifest))
    const { topLevel } = entry
    const required = { dependencies: Object.keys(dependencies), ranges: dependencies }
    packages.push({ name, version, folder, files: files + 1, bytes, ...required, topLevel })
  }
  return { packages, leftOut }
}

function* findPackages(nodeModules: string, topLevel: boolean): Generator<Found> {
  for (const name of packageNames(nodeModules)) {
    const folder = path.join(nodeModules, name)
    const json = readPackageJson(folder)
    if (json) yield { npmName: name, folder, json, topLevel }
    yield* findPackages(path.join(folder, 'node_modules'), false)
  }
}

function packageNames(nodeModules: string): string[] {
  const names: string[] = []
  for (const name of list(nodeModules)) {
    if (name.startsWith('@')) names.push(...list(path.join(nodeModules, name)).map((inner) => `${name}/${inner}`))
    else if (!name.startsWith('.')) names.push(name)
  }
  return names
}

function list(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []
}

function readPackageJson(folder: string): z.infer<typeof PackageJson> | undefined {
  const file = path.join(folder, 'package.json')
  return fs.existsSync(file) ? PackageJson.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data : undefined
}

/** Uses hard links where possible, so that a corpus of hundreds of megabytes costs nothing. */
function linkFiles(
  from: string,
  to: string,
  leftOut: Corpus['leftOut'],
): { files: number; bytes: number; executables: string[] } {
  const paths = new EntryPaths()
  const executables: string[] = []
  let files = 0
  let bytes = 0
  fs.mkdirSync(to, { recursive: true })
  const visit = (prefix: string) => {
    for (const entry of fs.readdirSync(path.join(from, prefix), { withFileTypes: true })) {
      const relative = `${prefix}${entry.name}`
      if (entry.isDirectory()) {
        if (entry.name === 'node_modules') leftOut.bundled++
        else visit(`${relative}/`)
      } else if (!entry.isFile()) leftOut.links++
      else if (
        entryPathProblem(relative) !== undefined ||
        paths.add(relative) !== undefined ||
        relative === 'colony.yaml'
      )
        leftOut.names++
      else {
        const source = path.join(from, relative)
        const target = path.join(to, relative)
        fs.mkdirSync(path.dirname(target), { recursive: true })
        linkOrCopy(source, target)
        const stats = fs.statSync(source)
        if ((stats.mode & 0o100) !== 0) executables.push(`/${relative.replace(/[[\]*?!#\\ ]/g, '\\$&')}`)
        files++
        bytes += stats.size
      }
    }
  }
  visit('')
  return { files, bytes, executables }
}

function linkOrCopy(source: string, target: string): void {
  try {
    fs.linkSync(source, target)
  } catch {
    fs.copyFileSync(source, target)
  }
}

/** What the corpus leaves out, for people. */
export function describeLeftOut({ leftOut }: Corpus): string {
  const { links, names, packages, dependencies, bundled } = leftOut
  return `left out: ${packages} packages (invalid version), ${dependencies} dependencies (not at the top of the tree), ${links} links, ${names} files (invalid names), ${bundled} nested trees (their packages are counted on their own)`
}

if (process.argv[1] === import.meta.filename) {
  const [nodeModules, target] = process.argv.slice(2)
  if (nodeModules === undefined || target === undefined)
    throw new Error('usage: tsx bench/corpus.ts <node_modules> <target folder>')
  const corpus = makeCorpus(nodeModules, target)
  const files = corpus.packages.reduce((sum, entry) => sum + entry.files, 0)
  console.log(`${corpus.packages.length} packages, ${files} files\n${describeLeftOut(corpus)}`)
}
