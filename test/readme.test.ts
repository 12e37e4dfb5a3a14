/** Runs the command lines of the README as a reader would type them. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from './rig/rig.ts'
import { serve } from './rig/serve.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Returns the command lines of a section, a list for each block. */
function blocksOf(heading: string): string[][] {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`README.md has no section ${heading}`)
  const blocks = section.match(/(?:^ {4}.*\n)+/gm) ?? []
  return blocks.map((block) => block.split('\n').flatMap((line) => line.replace(/\s#.*$/, '').trim() || []))
}

/** A shell with what the README uses: `cd`, `mkdir`, `export`, `&&`, quotes, and cpm, which runs in this process. */
class Shell {
  readonly #rig: Rig
  #cwd: string
  #env: Record<string, string> = {}

  constructor(rig: Rig, cwd: string) {
    this.#rig = rig
    this.#cwd = cwd
  }

  async run(lines: readonly string[], { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {}) {
    for (const line of lines.flatMap((text) => text.split(' && '))) await this.#runLine(line, stdin, env)
  }

  async #runLine(line: string, stdin: string, env: Record<string, string>): Promise<void> {
    const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/['"]/g, ''))
    const [program, ...args] = words
    const [first = ''] = args
    if (program === 'mkdir') fs.mkdirSync(path.resolve(this.#cwd, first))
    else if (program === 'cd') this.#cwd = path.resolve(this.#cwd, first)
    else if (program === 'export') Object.assign(this.#env, this.#variables(args))
    else if (program === 'cpm' || program === './cpm') {
      const { code, stderr } = await this.#rig.cpm(args, {
        cwd: this.#cwd,
        env: { ...this.#env, ...env },
        input: stdin,
      })
      expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' })
    } else throw new Error(`README.md uses something that this test does not know: ${line}`)
  }

  /** Moves folders from /tmp to the test's folder, and leaves PATH alone. */
  #variables(assignments: readonly string[]) {
    const pairs = assignments.map((text) => text.split(/=(.*)/).slice(0, 2) as [string, string])
    return Object.fromEntries(
      pairs
        .filter(([name]) => name !== 'PATH')
        .map(([name, value]) => [name, value.replace(/^\/tmp\//, `${this.#rig.root}/`)]),
    )
  }
}

/** Makes a clone with the examples, which the README uses. */
async function clone(): Promise<Rig> {
  const rig = await Rig.create()
  fs.cpSync(path.join(ROOT, 'examples'), rig.path('clone', 'examples'), { recursive: true })
  return rig
}

test('the quick start and the first steps in the README work', async () => {
  await using rig = await clone()
  const shell = new Shell(rig, rig.path('clone'))
  for (const block of [...blocksOf('Quick start'), ...blocksOf('First steps')]) await shell.run(block)
})

test('a team can share packages as the README says', async () => {
  await using rig = await clone()
  const [server, ada, bo, yank] = blocksOf('Share packages with a team') as [string[], string[], string[], string[]]
  expect(server.at(-1)).toBe('cpm serve --root /tmp/team')
  await using running = await serve(rig, { root: rig.path('team') })
  const env = { CPM_REGISTRY: running.url }
  const adasShell = new Shell(rig, rig.path('clone'))
  // A person pastes the token, but a test has no terminal.
  const typed = ada.map((line) => line.replace(/^cpm login$/, 'cpm login --token-stdin'))
  await adasShell.run(typed, { env, stdin: running.token })
  await new Shell(rig, rig.path('clone')).run(bo, { env })
  await adasShell.run(yank, { env })
})

test('the commands for workflows in the README work', async () => {
  await using rig = await clone()
  for (const block of blocksOf('Run workflows')) await new Shell(rig, rig.path('clone')).run(block)
})
