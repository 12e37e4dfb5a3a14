import fs from 'node:fs'
import path from 'node:path'
import { NOT_YET, PROMISES } from './promises.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

interface Title {
  readonly file: string
  readonly title: string
}

/** A title is the first argument of a test or a group of tests, and starts with the numbers of its promises. */
const TITLE = /(['"`])((?:[A-H]\d\d )+(?:(?!\1)[^\n\\]|\\.)+)\1,/g

/** Finds the titles in test/ that start with numbers of promises. */
function findTitles(): Title[] {
  return fs
    .readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .flatMap((name) => {
      const file = `test/${name.split(path.sep).join('/')}`
      const matches = fs.readFileSync(path.join(ROOT, file), 'utf8').matchAll(TITLE)
      return [...matches].map(([, , title = '']) => ({ file, title: title.replaceAll(/\\(.)/g, '$1') }))
    })
}

/** Makes docs/security.md. @throws if a promise has neither a test nor a reason, or a test holds an unknown promise */
export function securityPage(): string {
  const titles = findTitles()
  const known = new Set(Object.values(PROMISES).flatMap((promises) => Object.keys(promises)))
  const numbers = (title: string) => /^(?:[A-H]\d\d )+/.exec(title)?.[0].trim().split(' ') ?? []
  const unknown = titles.filter(({ title }) => numbers(title).some((number) => !known.has(number)))
  if (unknown.length > 0) throw new Error(`not in build/promises.ts: ${unknown.map(({ title }) => title).join('; ')}`)
  const sections = Object.entries(PROMISES).map(([heading, promises]) => {
    const items = Object.entries(promises).map(([number, promise]) => {
      const holding = titles.filter(({ title }) => numbers(title).includes(number))
      if (holding.length > 0 === (NOT_YET[number] !== undefined))
        throw new Error(`${number} needs either tests or a reason in build/promises.ts`)
      return `**${number}** ${promise}\n\n${NOT_YET[number] ?? listOf(holding)}`
    })
    return `## ${heading}\n\n${items.join('\n\n')}`
  })
  return `${INTRODUCTION}\n${sections.join('\n\n')}\n`
}

/** Lists tests by file. */
function listOf(holding: readonly Title[]): string {
  const files = [...new Set(holding.map(({ file }) => file))]
  return files
    .map((file) => {
      const titles = holding.filter((each) => each.file === file).map(({ title }) => `  - ${code(title)}`)
      return [`- \`${file}\``, ...new Set(titles)].join('\n')
    })
    .join('\n')
}

function code(title: string): string {
  return title.includes('`') ? `\`\` ${title} \`\`` : `\`${title}\``
}

const INTRODUCTION = `# What cpm promises, and the tests that hold it

Generated from \`build/promises.ts\` and the titles of the tests by \`npm run docs\`. [SECURITY.md](../SECURITY.md) says which attackers are in scope, and how to report a way around one of these promises. Every promise has the number of the threat against it, and so do the titles of the tests that hold it. A number without tests belongs to something that cpm does not have yet.

[Owners and trust](trust.md), [installing](install.md), [secrets](secrets.md) and [networks](network.md) describe the most important ones in detail.

## Random and hostile input

Besides the tests below,

- \`npm run fuzz\` gives mutated archives, locks, indexes, envelopes, chains of owners, manifests, settings and whole projects to the real readers and commands, and mutated bodies of requests to a real \`cpm serve\`. It reports every case that ends in anything but success or an error with a code (for a request, one that its route declares and below 500), hangs, or takes too much memory. \`npm run fuzz -- --seconds 600 --seed 7\` chooses how long and which cases, and \`--case N\` repeats one. CI runs it for fifteen seconds.
- \`test/properties/\` states what is true of any name, path, range, lock, index line and manifest, for fast-check.
- \`test/package/other-readers.test.ts\` makes random archives and compares cpm with GNU tar, bsdtar and Python. \`CPM_SWEEP=all\` makes ten times as many.

An archive with as many files as the limits allow may take more than 200 MiB of memory, up to about 320; everything that exceeds a limit takes less.
`
