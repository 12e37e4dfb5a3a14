import { EventEmitter } from 'node:events'
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openDrawing } from '../../src/cli/terminal/live-drawing.ts'
import { NodeLines } from '../../src/cli/terminal/node-lines.ts'
import { Progress } from '../../src/cli/terminal/progress.ts'
import { ReflowingTerminal } from '../../src/cli/terminal/reflowing-terminal.ts'
import { styleFor } from '../../src/cli/terminal/style.ts'
import { ago, bytes } from '../../src/core/amounts.ts'
import { displayWidth, shortened } from '../../src/core/display-width.ts'
import type { CpmEvent } from '../../src/schema/events.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'
import { cpmAtTerminal, HAS_TERMINAL } from '../rig/terminal.ts'

const plain = styleFor(false)
const START = Date.parse('2026-03-14T10:00:00Z')

function drawn(events: readonly CpmEvent[], { columns = 80, rows = 24, seconds = 0 } = {}): string[] {
  const progress = new Progress()
  for (const event of events) progress.take(event, START)
  return progress.lines(plain, { columns, rows, now: START + 1000 * seconds })
}

const INSTALL: readonly CpmEvent[] = [
  { type: 'resolving', names: 12 },
  { type: 'resolved', packages: 45, steps: 50 },
  { type: 'downloading', done: 3_400_000, total: 12_100_000 },
  { type: 'unpacked', name: 'a', version: '1.0.0', done: 12, total: 45 },
]

describe('what is drawn while a command works', () => {
  test('is a line for each phase, with a bar if its end is known', () => {
    expect(drawn(INSTALL.slice(0, 1), { seconds: 75 })).toEqual(['● resolving 12 requirements  1 min 15 s'])
    expect(drawn(INSTALL)).toEqual([
      '✓ resolved 45 packages',
      '● downloading ━━━━━━━━────────────────────── 3.4 MB of 12.1 MB',
      '● unpacking   ━━━━━━━━────────────────────── 12 of 45',
    ])
    expect(drawn([...INSTALL, { type: 'downloading', done: 12_100_000, total: 12_100_000 }])[1]).toBe('✓ downloaded 12.1 MB')
  }) // prettier-ignore

  test('fits narrow terminals', () => {
    expect(drawn(INSTALL, { columns: 40 })).toEqual([
      '✓ resolved 45 packages',
      '● downloading ━────── 3.4 MB of 12.1 MB',
      '● unpacking   ━━━━──────────── 12 of 45',
    ])
    expect(drawn(INSTALL, { columns: 33 })[1]).toBe('● downloading 3.4 MB of 12.1 MB')
  })

  test('is the graph of a run, with each node once, in as many lines as there are', () => {
    const nodes = ['a', 'b', 'c'].map((node) => ({ node, after: [], state: 'waiting' as const }))
    const run: CpmEvent[] = [
      { type: 'run-started', run: 'r', name: 'p', version: '1.0.0', nodes: [...nodes, { node: 'sum', after: ['a', 'b', 'c'], state: 'waiting' }] },
      { type: 'node-started', run: 'r', node: 'a' },
      { type: 'node-started', run: 'r', node: 'b' },
      { type: 'node-finished', run: 'r', node: 'a', state: 'successful', seconds: 2 },
    ] // prettier-ignore
    expect(drawn(run, { seconds: 3 })).toEqual([
      '● p@1.0.0  1 of 4 done, 1 running  r',
      '├─ ✓ a  2.0 s',
      '│  └─ ○ sum  also after b, c',
      '├─ ● b  running for 3.0 s',
      '└─ ○ c',
    ])
    expect(drawn(run, { rows: 3 })).toEqual([
      '● p@1.0.0  1 of 4 done, 1 running  r',
      '├─ ● b  running for 0.0 s',
      '… and 2 waiting, 1 successful',
    ])
  })
})

test('plain lines tell each node once, and sum up a large run', () => {
  const told = (count: number) => {
    const lines = new NodeLines(plain)
    const names = Array.from({ length: count }, (_, index) => `n${index}`)
    const nodes = names.map((node) => ({ node, after: [], state: 'waiting' as const }))
    const events: CpmEvent[] = [
      { type: 'run-started', run: 'r', name: 'p', version: '1.0.0', nodes },
      ...names.flatMap((node): CpmEvent[] => [
        { type: 'node-started', run: 'r', node },
        { type: 'node-finished', run: 'r', node, state: node === 'n3' ? 'failed' : 'successful', seconds: 1 },
      ]),
    ]
    return events.flatMap((event) => lines.describe(event) ?? [])
  }
  expect(told(4)).toEqual(['✓ n0  1.0 s', '✓ n1  1.0 s', '✓ n2  1.0 s', '✗ n3 failed  1.0 s'])
  expect(told(1000)).toHaveLength(11)
  expect(told(1000).slice(0, 2)).toEqual(['✗ n3 failed  1.0 s', '100 of 1000 nodes done'])
})

test('a terminal that gets narrower wraps the drawing, and all of it is erased', () => {
  const stream = Object.assign(new EventEmitter(), { columns: 80, rows: 24, written: '', write(text: string) { stream.written += text } }) // prettier-ignore
  const terminal = new ReflowingTerminal(stream as unknown as NodeJS.WriteStream)
  terminal.write(`\x1b[36m${'x'.repeat(70)}\x1b[39m\nshort\n${'宽'.repeat(30)}\n`)
  stream.written = ''
  stream.columns = 40
  stream.emit('resize')
  expect(stream.written).toBe('\x1b[1A\x1b[2K'.repeat(2))
  stream.written = ''
  terminal.printAbove('> news\n')
  expect(stream.written).toContain('\x1b[3A\r\x1b[J> news\n\x1b[36mx')
  terminal.end()
  expect([stream.written.endsWith('\x1b[3A\r\x1b[J'), stream.listenerCount('resize')]).toEqual([true, 0])
})

test('a drawing that changes all the time is drawn at most ten times a second', async () => {
  const stream = Object.assign(new EventEmitter(), { columns: 80, rows: 24, frames: 0, write(text: string) { if (text.includes('change')) stream.frames++ } }) // prettier-ignore
  let changes = 0
  const drawing = openDrawing(stream as unknown as NodeJS.WriteStream, () => [`change ${changes}`])
  const since = performance.now()
  for (; changes < 100; changes++) {
    drawing.update()
    await new Promise(setImmediate)
  }
  // One more at the beginning, and at the end.
  expect(stream.frames).toBeLessThanOrEqual(2 + (performance.now() - since) / 100)
  await drawing.close()
})

test('sizes, times and widths are for people', () => {
  expect([0, 999, 1000, 3449, 999_999, 12_000_000, 123_456_789].map(bytes)).toEqual(
    ['0 B', '999 B', '1.0 kB', '3.4 kB', '1.0 MB', '12.0 MB', '123 MB'],
  ) // prettier-ignore
  const now = new Date('2026-03-14T12:00:00Z')
  expect(['2026-03-14T11:59:30Z', '2026-03-14T11:59:00Z', '2026-03-14T09:00:00Z', '2026-03-12T09:00:00Z', '2025-12-31T09:00:00Z'].map((time) => ago(new Date(time), now))).toEqual(
    ['just now', '1 minute ago', '3 hours ago', '2 days ago', '2025-12-31'],
  ) // prettier-ignore
  expect([displayWidth('\x1b[31m12\x1b[0m3'), displayWidth('日本'), displayWidth('e\u0301'), displayWidth('✓ 🎉')]).toEqual([3, 4, 1, 4]) // prettier-ignore
  expect([shortened('short', 5), shortened('too long', 5), shortened('日本語', 5)]).toEqual(['short', 'too…', '日本…'])
})

test('an installation reports the bytes that arrive, and where its packages came from', async () => {
  await using rig = await Rig.create()
  await using running = await serve(rig)
  const env = { CPM_REGISTRY: running.url, CPM_TOKEN: running.token }
  const folder = rig.package('big@1.0.0', { files: { data: new Uint8Array(100_000) } })
  expect((await rig.cpm(['publish', folder], { env })).code).toBe(0)
  const cwd = rig.project({ dependencies: { big: '*' } })
  const { stdout } = await rig.cpm('install --events', { cwd, env })
  const events = stdout.split('\n').map((line) => JSON.parse(line) as CpmEvent)
  const last = events.findLast((event) => event.type === 'downloading')
  expect(last).toMatchObject({ done: expect.any(Number) as number })
  expect(last?.done).toBe(last?.total)
  fs.rmSync(`${cwd}/colony_packages`, { recursive: true })
  const again = await rig.cpm('install', { cwd, env })
  expect(again.stdout).toMatch(/^\+ big 1\.0\.0\n1 package installed in [\d.]+ s \(from the store\)$/)
}) // prettier-ignore

describe.skipIf(!HAS_TERMINAL)('in a terminal (needs python3)', () => {
  test('a run is drawn below its logs, and Ctrl-C leaves nothing of the drawing behind', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init slow')
    fs.writeFileSync(rig.path('slow/bin/greet.mjs'), '#!/bin/sh\nsleep 1.5\necho it waits\nexec sleep 60\n')
    const { code, shown } = await cpmAtTerminal(['submit', 'slow', '--engine', 'local', '--logs'], {
      cwd: rig.root,
      env: { HOME: rig.root, CPM_HOME: rig.home, TERM: 'xterm-256color' },
      dialogue: [
        ['0 of 1 done, 1 running', ''],
        ['greet | it waits\r\n', '\x03'],
      ],
    })
    expect(code).toBe(130)
    const [, afterwards = ''] = shown.split(/\x1b\[\d+A\r\x1b\[J(?!.*\x1b\[J)/s)
    expect(afterwards).toMatch(/^(?:\x1b\[\?\d+[hl])*error\[INTERRUPTED\]/)
    expect(shown.lastIndexOf('\x1b[?25h')).toBeGreaterThan(shown.lastIndexOf('\x1b[?25l'))
  })

  test('nothing is drawn for --quiet, in CI or on a dumb terminal', async () => {
    await using rig = await Rig.create()
    await rig.cpm('init slow')
    const program = `#!/usr/bin/env node\nsetTimeout(() => undefined, 700)\n`
    fs.writeFileSync(rig.path('slow/bin/greet.mjs'), program)
    const base = { HOME: rig.root, CPM_HOME: rig.home, TERM: 'xterm-256color' }
    const run = async (flags: string[], more: Record<string, string>) => {
      const words = ['submit', 'slow', '--engine', 'local', ...flags]
      return (await cpmAtTerminal(words, { cwd: rig.root, env: { ...base, ...more }, dialogue: [] })).shown
    }
    const all = await Promise.all([run(['-q'], {}), run([], { CI: 'true' }), run([], { TERM: 'dumb' })]) // prettier-ignore
    for (const shown of all) expect(shown).not.toContain('\x1b[?25l')
  })
})
