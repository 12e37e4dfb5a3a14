import { expect, test } from 'vitest'
import pack from '../../src/cli/commands/package/pack.ts'
import { Rig } from '../rig/rig.ts'
import { runCommand } from '../rig/run-command.ts'

test('the summary lists excluded files by rule, and the five largest packed files', async () => {
  await using rig = await Rig.create()
  const sized = Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`data/${n}.bin`, Buffer.alloc(n * 1024)]))
  const logs = Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((n) => [`${n}.log`, '']))
  const files = { ...sized, ...logs, '.gitignore': '.venv/\n*.log\n', '.venv/lib/x.py': 'x', 'notes.txt': '' }
  const folder = rig.package('a@1.0.0', { files: { ...files, 'data/.gitignore': '*.tmp\n', 'data/x.tmp': '' } })
  for (const dryRun of [true, false]) {
    const { value, shown } = await runCommand(
      pack,
      { dir: folder, dryRun, output: rig.path('a.cpm') },
      { cwd: rig.root, env: rig.env },
    )
    expect(value.largest[0]).toEqual({ path: 'data/6.bin', size: 6144 })
    expect(value.leftOut[0]).toEqual({ path: '.venv/', by: '.gitignore' })
    expect(shown).toContain('  largest: data/6.bin 6.1 kB, data/5.bin 5.1 kB, data/4.bin 4.1 kB, data/3.bin 3.1 kB, data/2.bin 2.0 kB') // prettier-ignore
    expect(shown).toContain('  excluded 9: .venv/, 1.log, 2.log, 3.log, 4.log, 3 more (.gitignore); data/x.tmp (data/.gitignore)') // prettier-ignore
  }
})

test('archives from earlier runs in the folder are never packed', async () => {
  await using rig = await Rig.create()
  const folder = rig.package('a@1.0.0', { files: { 'a-0.9.0.cpm': 'x', 'data/b-1.0.0.cpm': 'x' } })
  const run = () => rig.cpm('pack . --json --dry-run', { cwd: folder })
  const first = (await run()).json.data as { tree: string; leftOut: unknown }
  expect((await rig.cpm('pack .', { cwd: folder })).code).toBe(0)
  const second = (await run()).json.data as { tree: string; leftOut: unknown }
  expect(second.tree).toBe(first.tree)
  expect([first.leftOut, second.leftOut]).toEqual([
    [{ path: 'a-0.9.0.cpm', by: 'cpm' }],
    [
      { path: 'a-0.9.0.cpm', by: 'cpm' },
      { path: 'a-1.0.0.cpm', by: 'cpm' },
    ],
  ])
})
