import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { expect, test, vi } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { countChanges, faultEnv, leftovers, spread } from './faulty.ts'

/** CPM_SWEEP=all stops at every change; the default keeps the run short. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : 3

vi.setConfig({ testTimeout: 600_000 })

test('G01 a killed command leaves the old state in all members of a workspace, or the new one in all', async () => {
  await using rig = await Rig.create()
  await rig.publish('old@1.0.0', 'new@1.0.0')
  const root = rig.project({ workspace: { members: ['packages/*'] } })
  for (const name of ['app', 'lib'])
    rig.write(
      { 'colony.yaml': stringify({ apiVersion: 'v1', name, dependencies: { old: '*' } }) },
      path.join(root, 'packages', name),
    )
  expect((await rig.cpm('install', { cwd: root })).code).toBe(0)
  const copy = (name: string) => {
    fs.cpSync(root, rig.path(name), { recursive: true, verbatimSymlinks: true })
    return rig.path(name)
  }
  const line = ['install', 'new', '--filter', './packages/*']
  const last = await countChanges(rig, line, copy('counted'))
  for (const k of spread(last, MOST, 8)) {
    const workspace = copy(`killed-${k}`)
    await rig.cpm(line, { cwd: workspace, env: faultEnv(`kill:${k}`) })
    const checked = await rig.cpm('ci --json', { cwd: workspace })
    expect.soft(checked.code, `ci after kill at ${k}: ${checked.stdout}`).toBe(0)
    const states = ['app', 'lib'].map((name) => {
      const member = path.join(workspace, 'packages', name)
      const links = fs.readdirSync(path.join(member, 'colony_packages')).filter((each) => !each.startsWith('.'))
      return [fs.readFileSync(path.join(member, 'colony.yaml'), 'utf8').includes('new: ^1.0.0'), links.join(' ')]
    })
    const isNew = states[0]?.[0] === true
    const expected = isNew ? [true, 'new old'] : [false, 'old']
    expect.soft(states, `after kill at ${k}`).toEqual([expected, expected])
    expect.soft(leftovers(workspace, rig.home), `after kill at ${k}`).toEqual([])
  }
})
