import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mapConcurrently } from '../../src/core/concurrency.ts'
import { CpmError } from '../../src/core/errors.ts'
import { DEFAULT_LIMITS } from '../../src/package/limits.ts'
import { readArchive } from '../../src/package/read-archive.ts'
import { Chance } from '../resolver/chance.ts'
import { randomArchive } from './random-archive.ts'

// Thousands of random archives, most of which only some readers understand. Whatever cpm accepts must hold the same
// files, with the same modes and contents, for GNU tar, bsdtar and Python. What cpm refuses of all this without any of
// these tools stands in hostile-archives.test.ts, case by case.

const SEED = Number(process.env.CPM_SEED ?? Date.now() % 1e6)
const ARCHIVES = process.env.CPM_SWEEP === 'all' ? 5000 : 500

/** What a reader says about an archive. */
interface Listing {
  /** mode, size and name of each file, in order */
  files: string[]
  /** SHA-256 of all contents, one after the other */
  contents: string
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-readers-'))
const accepted: { file: string; listing: Listing }[] = []
const refused: string[] = []

beforeAll(async () => {
  const chance = new Chance(SEED)
  for (let number = 0; number < ARCHIVES; number++) {
    const file = path.join(folder, `${number}.tar.gz`)
    fs.writeFileSync(file, randomArchive(chance))
    const listing = await byCpm(file)
    if (listing) accepted.push({ file, listing })
    else refused.push(file)
  }
})
afterAll(() => {
  fs.rmSync(folder, { recursive: true })
})

async function byCpm(archive: string): Promise<Listing | undefined> {
  const files: string[] = []
  const hash = createHash('sha256')
  try {
    await readArchive(archive, {
      limits: DEFAULT_LIMITS,
      file: ({ path, size, executable }) => {
        files.push(`${executable ? '-rwxr-xr-x' : '-rw-r--r--'} ${size} ${path}`)
        return { write: (chunk) => hash.update(chunk), end: () => undefined }
      },
    })
  } catch (error) {
    if (error instanceof CpmError && error.code.startsWith('ARCHIVE_')) return undefined
    throw error
  }
  return { files, contents: hash.digest('hex') }
}

const run = promisify(execFile)
const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' }

const GNU_LINE = /^(\S+) 0\/0 +(\d+) 1970-01-01 00:00:00 (.*)$/
const BSD_LINE = /^(\S+) +0 0 +0 +(\d+) Jan +1 +1970 (.*)$/

/** Lists and reads an archive with GNU tar, which prints the list to standard error; undefined if it fails. */
async function byGnu(file: string): Promise<Listing | undefined> {
  const options = ['--quoting-style=literal', '--numeric-owner', '--full-time', '-xvvzOf', file]
  const { stdout, stderr } = await run('tar', options, { env, encoding: 'buffer' })
  return { files: linesOf(stderr, GNU_LINE), contents: sha256(stdout) }
}

async function byBsd(file: string): Promise<Listing | undefined> {
  const list = await run('bsdtar', ['--numeric-owner', '-tvf', file], { env, encoding: 'buffer' })
  const { stdout } = await run('bsdtar', ['-xOf', file], { env, encoding: 'buffer' })
  return { files: linesOf(list.stdout, BSD_LINE), contents: sha256(stdout) }
}

/** Reads lines like those of `ls -l`; a warning is not one. */
function linesOf(output: Buffer, form: RegExp): string[] {
  const lines = output.toString().split('\n').slice(0, -1)
  return lines.map((line) => form.exec(line)?.slice(1).join(' ') ?? line)
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Lists archives with Python. It has no `ls -l`, and starts slowly, so that it reads all of them at once. */
function byPython(files: readonly string[]): (Listing | null)[] {
  const script = `
import hashlib, json, stat, sys, tarfile
out = []
for file in json.load(sys.stdin):
    try:
        with tarfile.open(file, 'r:gz') as t:
            files, sha = [], hashlib.sha256()
            for m in t.getmembers():
                kind = stat.S_IFREG if m.isreg() else 0
                files.append(f'{stat.filemode(m.mode | kind)} {m.size} {m.name}')
                if m.isreg(): sha.update(t.extractfile(m).read())
            out.append({'files': files, 'contents': sha.hexdigest()})
    except Exception:
        out.append(None)
print(json.dumps(out))`
  const { stdout } = spawnSync('python3', ['-c', script], {
    input: JSON.stringify(files),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env,
  })
  return JSON.parse(stdout) as (Listing | null)[]
}

const has = (command: string, words: string[], says: string) => {
  const { status, stdout } = spawnSync(command, words, { encoding: 'utf8' })
  return status === 0 && stdout.includes(says)
}
const hasGnu = has('tar', ['--version'], 'GNU tar')
const hasBsd = has('bsdtar', ['--version'], 'libarchive')
const hasPython = has('python3', ['-c', 'import tarfile; print("tarfile")'], 'tarfile')

/** How many of the refused archives a tool is asked about, to show that the archives are worth asking about. */
const SAMPLE = 50

describe(`random archives (CPM_SEED=${SEED})`, { timeout: 300_000 }, () => {
  test('A11 are often accepted and often refused', () => {
    expect(accepted.length).toBeGreaterThan(ARCHIVES / 10)
    expect(refused.length).toBeGreaterThan(ARCHIVES / 4)
  })

  const tools = [
    ['GNU tar', byGnu, hasGnu],
    ['bsdtar', byBsd, hasBsd],
  ] as const
  for (const [name, read, isHere] of tools) {
    test.skipIf(!isHere)(`A11 hold the same for ${name}, if cpm accepts them`, async () => {
      await mapConcurrently(accepted, 4, async ({ file, listing }) => {
        expect(await read(file), file).toEqual(listing)
      })
      const others = await mapConcurrently(refused.slice(0, SAMPLE), 4, (file) => read(file).catch(() => undefined))
      expect(others.filter((listing) => listing).length, 'refused by cpm, but not by this tool').toBeGreaterThan(5)
    })
    test.skipIf(isHere)(`SKIPPED: the comparison with ${name}, because it is not installed`, () => undefined)
  }

  test.skipIf(!hasPython)("A11 hold the same for Python's tarfile, if cpm accepts them", () => {
    const listings = byPython(accepted.map(({ file }) => file))
    for (const [at, { file, listing }] of accepted.entries()) expect(listings[at], file).toEqual(listing)
    const others = byPython(refused.slice(0, SAMPLE))
    expect(others.filter((listing) => listing).length, 'refused by cpm, but not by Python').toBeGreaterThan(5)
  })
  test.skipIf(hasPython)(
    "SKIPPED: the comparison with Python's tarfile, because python3 is not installed",
    () => undefined,
  )
})
