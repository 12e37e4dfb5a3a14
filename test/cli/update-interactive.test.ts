import { expect, test } from 'vitest'
import { chosenFrom } from '../../src/operations/project/choose-updates.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { Rig } from '../rig/rig.ts'
import { cpmAtTerminal, HAS_TERMINAL } from '../rig/terminal.ts'

test.skipIf(!HAS_TERMINAL)('at a terminal, only the chosen packages are updated', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'b@1.0.0')
  const cwd = rig.project({ dependencies: { a: '^1', b: '^1' } })
  await rig.cpm('install', { cwd })
  await rig.publish('a@1.1.0', 'b@1.1.0')
  const refused = await rig.cpm('update -i', { cwd })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('--interactive needs a terminal')
  const dialogue = [['nothing): ', '3\n'], ['is not one of', '2\n']] as const // prettier-ignore
  const { code, shown } = await cpmAtTerminal(['update', '-i'], { cwd, env: rig.env, dialogue })
  expect(code, shown).toBe(0)
  expect(shown).toContain('1  a  1.0.0 -> 1.1.0')
  const { packages } = (await rig.cpm('list --json', { cwd })).json.data as { packages: { version: string }[] }
  expect(packages.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0'])
})

test('an answer may be numbers, names, all or nothing', () => {
  const names = ['a', 'b', 'c'] as PackageName[]
  expect(chosenFrom(names, '3, 1')).toEqual({ value: ['a', 'c'] })
  expect(chosenFrom(names, 'b')).toEqual({ value: ['b'] })
  expect(chosenFrom(names, 'all')).toEqual({ value: names })
  expect(chosenFrom(names, '')).toEqual({ value: [] })
  expect(chosenFrom(names, '4')).toEqual({ problem: '4 is not one of 1 to 3' })
})
