/** Runs the command lines of the README as a reader would type them. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type CpmResult, Rig } from './rig/rig.ts'
import { serve } from './rig/serve.ts'
import { blocksIn, commandsIn, Shell } from './rig/shell.ts'

const ROOT = path.resolve(import.meta.dirname, '..')

/** Returns the command lines of a section, a list for each block. */
function blocksOf(heading: string): string[][] {
  const readme = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8')
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`README.md has no section ${heading}`)
  return blocksIn(section).map(commandsIn)
}

/** A shell in which every command must succeed. */
function shellIn(rig: Rig): Shell {
  return new Shell(rig, {
    cwd: rig.path('clone'),
    onLine: ({ line, result }) => {
      if (result) expect({ line, ...failureOf(result) }).toEqual({ line, code: 0, stderr: '' })
    },
  })
}

function failureOf({ code, stderr }: CpmResult) {
  return { code, stderr: code === 0 ? '' : stderr }
}

/** Makes a clone with the examples, which the README uses. */
async function clone(): Promise<Rig> {
  const rig = await Rig.create()
  fs.cpSync(path.join(ROOT, 'examples'), rig.path('clone', 'examples'), { recursive: true })
  return rig
}

test('the quick start and the first steps in the README work', async () => {
  await using rig = await clone()
  const shell = shellIn(rig)
  for (const block of [...blocksOf('Quick start'), ...blocksOf('First steps')]) await shell.run(block)
})

test('a team can share packages as the README says', async () => {
  await using rig = await clone()
  const [server, ada, bo, yank] = blocksOf('Share packages with a team') as [string[], string[], string[], string[]]
  expect(server.at(-1)).toBe('cpm serve --root /tmp/team')
  await using running = await serve(rig, { root: rig.path('team') })
  const env = { CPM_REGISTRY: running.url }
  const adasShell = shellIn(rig)
  // A person pastes the token, but a test has no terminal.
  const typed = ada.map((line) => line.replace(/^cpm login$/, 'cpm login --token-stdin'))
  await adasShell.run(typed, { env, stdin: running.token })
  await shellIn(rig).run(bo, { env })
  await adasShell.run(yank, { env })
})

test('the commands for workflows in the README work', async () => {
  await using rig = await clone()
  for (const block of blocksOf('Run workflows')) await shellIn(rig).run(block)
})
