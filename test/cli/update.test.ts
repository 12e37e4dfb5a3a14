import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish(
    ...['codec@1.0.0', 'codec@1.1.0', 'codec@2.0.0', 'codec@3.0.0-rc.1', 'log@1.0.0', 'log@1.1.0'],
    ['thumbnails@1.0.0', { dependencies: { codec: '^1.0.0', log: '*' } }],
    ['thumbnails@1.1.0', { dependencies: { codec: '^2.0.0', log: '*' } }],
    ['thumbnails@2.0.0', { dependencies: { codec: '^2.0.0' } }],
    ['archive@1.0.0', { dependencies: { codec: '^1.0.0' } }],
  )
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
})

/** A project whose lock has the oldest version of everything. */
async function oldProject(dependencies: Record<string, string>): Promise<string> {
  const manifest = (overrides: Record<string, string>) =>
    `apiVersion: v1\ndependencies:\n${lines(dependencies)}${Object.keys(overrides).length > 0 ? `overrides:\n${lines(overrides)}` : ''}`
  const project = rig.project({})
  for (const overrides of [{ codec: '1.0.0', log: '1.0.0' }, {}]) {
    fs.writeFileSync(path.join(project, 'colony.yaml'), manifest(overrides))
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect(code, stderr).toBe(0)
  }
  return project
}

function lines(requirements: Record<string, string>): string {
  return Object.entries(requirements)
    .map(([name, range]) => `  ${name}: ${range}\n`)
    .join('')
}

function versionsOf(project: string): Record<string, string> {
  const { packages } = JSON.parse(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')) as {
    packages: Record<string, { version: string }>
  }
  return Object.fromEntries(Object.entries(packages).map(([name, { version }]) => [name, version]))
}

const OLD = { archive: '^1.0.0', thumbnails: '^1.0.0' }

describe('cpm update', () => {
  test('takes the newest compatible versions, and reports which are held back', async () => {
    const project = await oldProject(OLD)
    expect(versionsOf(project)).toEqual({ archive: '1.0.0', codec: '1.0.0', log: '1.0.0', thumbnails: '1.0.0' })
    const { code, stdout, stderr } = await rig.cpm('update', { cwd: project })
    expect(code, stderr).toBe(0)
    expect(versionsOf(project)).toEqual({ archive: '1.0.0', codec: '1.1.0', log: '1.1.0', thumbnails: '1.0.0' })
    expect(stdout).toContain(
      'thumbnails stays at 1.0.0: 1.1.0 is incompatible with the other packages (cpm why-not thumbnails@1.1.0)',
    )
    expect((await rig.cpm('update', { cwd: project })).stdout).toContain('up to date')
  })

  test('of one package keeps the versions of the others', async () => {
    const project = await oldProject(OLD)
    await rig.cpm('update log', { cwd: project })
    expect(versionsOf(project)).toEqual({ archive: '1.0.0', codec: '1.0.0', log: '1.1.0', thumbnails: '1.0.0' })
  })

  test('changes nothing in a dry run, and refuses packages that the project does not have', async () => {
    const project = await oldProject(OLD)
    const before = fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')
    expect((await rig.cpm('update --dry-run', { cwd: project })).stdout).toContain('+ codec 1.1.0 (was 1.0.0)')
    expect(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')).toBe(before)
    const { code, stderr } = await rig.cpm('update thumbnail', { cwd: project })
    expect(code).toBe(7)
    expect(stderr).toContain('did you mean thumbnails?')
  })

  test('--latest goes beyond the ranges, and updates them', async () => {
    const project = await oldProject({ thumbnails: '^1.0.0' })
    const { code, stderr } = await rig.cpm('update --latest', { cwd: project })
    expect(code, stderr).toBe(0)
    expect(versionsOf(project)).toEqual({ codec: '2.0.0', thumbnails: '2.0.0' })
    expect(fs.readFileSync(path.join(project, 'colony.yaml'), 'utf8')).toContain('^2.0.0')
  })
})

describe('cpm outdated', () => {
  test('lists newer versions and exits with 3, or reports that everything is up to date', async () => {
    const project = await oldProject({ ...OLD, log: '1.x' })
    const { code, stdout } = await rig.cpm('outdated', { cwd: project })
    expect(code).toBe(3)
    expect(stdout.split('\n')).toEqual([
      'thumbnails 1.0.0 (1.1.0 is held back: cpm why-not thumbnails@1.1.0; 2.0.0 is held back: cpm why-not thumbnails@2.0.0)',
      'log 1.0.0 → 1.1.0',
      'cpm update takes the newest versions that colony.yaml allows',
    ])
    const { json } = await rig.cpm('outdated --json', { cwd: project })
    expect(json).toMatchObject({
      success: true,
      data: {
        checked: 3,
        packages: [{ name: 'thumbnails', locked: '1.0.0', wanted: '1.1.0', latest: '2.0.0', update: '1.0.0' }, {}],
      },
    })
    const fresh = rig.project({ dependencies: { codec: '^2.0.0' } })
    await rig.cpm('install', { cwd: fresh })
    const none = await rig.cpm('outdated', { cwd: fresh })
    expect([none.code, none.stdout]).toEqual([0, 'up to date: 1 direct dependency'])
  })
})

describe('cpm why', () => {
  test('shows all paths to a package', async () => {
    const project = await oldProject(OLD)
    const { stdout } = await rig.cpm('why codec', { cwd: project })
    expect(stdout.split('\n')).toEqual([
      'codec 1.0.0, needed by:',
      'your project → archive 1.0.0 (^1.0.0) → codec 1.0.0 (^1.0.0)',
      'your project → thumbnails 1.0.0 (^1.0.0) → codec 1.0.0 (^1.0.0)',
    ])
    expect((await rig.cpm('why thumbnails', { cwd: project })).stdout.split('\n')).toEqual([
      'thumbnails 1.0.0, needed by:',
      'your project → thumbnails 1.0.0 (^1.0.0)',
    ])
    expect((await rig.cpm('why nosuch', { cwd: project })).code).toBe(7)
  })
})

describe('cpm why-not', () => {
  test('explains what a version is incompatible with, and exits with 7 if no command installs it', async () => {
    const project = await oldProject(OLD)
    const held = await rig.cpm('why-not thumbnails@1.1.0', { cwd: project })
    expect(held.stdout).toContain('archive 1.0.0 depends on codec ^1.0.0')
    expect(held.stdout).toContain('thumbnails 1.1.0 depends on codec ^2.0.0')
    expect(held.code).toBe(7)
  })

  test('exits with 3 and a tested command, or with 0 if the project has the version', async () => {
    const project = await oldProject(OLD)
    const free = await rig.cpm('why-not log@1.1.0', { cwd: project })
    expect(free).toMatchObject({
      code: 3,
      stdout:
        'colony.lock has log 1.0.0, not 1.1.0:\n  only colony.lock keeps log at 1.0.0\nthis installs it (tried): cpm update log',
    })
    await rig.cpm('update log', { cwd: project })
    expect(versionsOf(project).log).toBe('1.1.0')
    const there = await rig.cpm('why-not log@1.1.0 --json', { cwd: project })
    expect([there.code, there.json.data]).toMatchObject([
      0,
      { isInstalled: true, locked: '1.1.0', reasons: [], tips: [] },
    ])
  })
})

test('outdated reports a missing lock', async () => {
  await using rig = await Rig.create()
  const project = rig.project({ dependencies: { a: '*' } })
  const { code, json } = await rig.cpm('outdated --json', { cwd: project })
  expect([code, json.error?.code, json.error?.hint]).toEqual([3, 'LOCK_OUTDATED', 'cpm install'])
})
