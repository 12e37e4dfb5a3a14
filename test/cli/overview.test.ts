import { expect, test } from 'vitest'
import { ALIASES, COMMAND_LIST } from '../../src/cli/shell/command-list.ts'
import { namesInOverview, overview } from '../../src/cli/shell/overview.ts'
import { Rig } from '../rig/rig.ts'

test('the overview has every command once, fits on a screen, and names nothing else', () => {
  const shown = namesInOverview()
  const isShown = (name: string) => shown.filter((each) => name === each || name.startsWith(`${each} `))
  for (const { name } of COMMAND_LIST) expect(isShown(name).at(-1), name).toBeDefined()
  for (const name of shown)
    expect(COMMAND_LIST.filter((command) => isShown(command.name).includes(name))).not.toEqual([])
  expect(new Set(shown).size).toBe(shown.length)
  const lines = overview().split('\n')
  expect(lines.length).toBeLessThanOrEqual(52)
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80)
  // The lines of groups name the actions of the group, all of them.
  for (const { name } of COMMAND_LIST) {
    const [group, action] = [name.slice(0, name.lastIndexOf(' ')), name.split(' ').at(-1) ?? '']
    if (!name.includes(' ') || shown.includes(name)) continue
    const line = lines.find((each) => new RegExp(`(^|\\s)${group}\\s{2,}`).test(each))
    expect(
      line
        ?.split(/\s{2,}/)
        .at(-1)
        ?.split(', '),
      name,
    ).toContain(action)
  }
})

test.each([...ALIASES])('cpm %s is cpm %s', async (alias, command) => {
  await using rig = await Rig.create()
  const cwd = rig.project({ dependencies: {} })
  const [shown, of] = [await rig.cpm([alias, '--help'], { cwd }), await rig.cpm([command, '--help'], { cwd })]
  expect(shown.code).toBe(0)
  expect(shown.stdout).toBe(of.stdout)
  expect(shown.stdout).toContain(`cpm ${alias}`)
  const help = await rig.cpm(['help', alias], { cwd })
  expect(help.stdout).toContain(`Usage: cpm ${command}`)
})

test('an alias takes the arguments and flags of its command', async () => {
  await using rig = await Rig.create()
  await rig.publish('codec@1.0.0')
  const cwd = rig.project({ dependencies: {} })
  for (const line of ['add codec', 'i', 'ls', 'rm codec']) expect((await rig.cpm(line, { cwd })).code, line).toBe(0)
  const { json } = await rig.cpm('ls --json', { cwd })
  expect(json.data).toMatchObject({ packages: [] })
})

test('--help after the name of a group lists its commands', async () => {
  await using rig = await Rig.create()
  for (const line of ['key --help', '-h plugins']) {
    const { code, stdout } = await rig.cpm(line)
    expect([line, code]).toEqual([line, 0])
    expect(stdout).toMatch(/key list|plugins list/)
  }
  expect((await rig.cpm('key --help --json')).json.data).toMatchObject({ topic: 'key' })
  expect((await rig.cpm('kei --help')).stderr).toContain('did you mean cpm key?')
})
