import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { withLock } from '../../src/core/locks.ts'
import { createStaging, journalFile, removeStaging } from '../../src/core/staging.ts'
import { lookAtProject, projectLock } from '../../src/installer/consistent-view.ts'
import { projectAt } from '../../src/installer/project.ts'
import { Store } from '../../src/installer/store.ts'
import { Rig } from '../rig/rig.ts'

async function emptyProject() {
  const rig = await Rig.create()
  const project = projectAt(rig.project())
  fs.mkdirSync(project.own, { recursive: true })
  const options = { store: new Store(rig.store), lockTimeout: 5000, emit: () => undefined }
  return { project, options, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() }
}

test('an unchanged project is read once, and errors are reported', async () => {
  await using at = await emptyProject()
  let looks = 0
  expect(await lookAtProject(at.project, at.options, () => ++looks)).toBe(1)
  await expect(lookAtProject(at.project, at.options, () => Promise.reject(new Error('damaged')))).rejects.toThrow(
    'damaged',
  )
  expect(fs.readdirSync(at.project.own)).toEqual([])
})

test('a read that overlaps with a change is repeated, even if it failed', async () => {
  await using at = await emptyProject()
  let looks = 0
  const change = () => {
    const staging = createStaging(at.project.own)
    fs.writeFileSync(journalFile(staging), '{}')
    return staging
  }
  const seen = await lookAtProject(at.project, at.options, () => {
    looks++
    if (looks > 2) return 'new'
    removeStaging(change())
    if (looks === 1) throw new Error('half old, half new')
    return 'half'
  })
  expect([seen, looks]).toEqual(['new', 3])
})

test('a read takes the process lock while a change is in progress, and finishes what a killed cpm left of it', async () => {
  await using at = await emptyProject()
  const staging = createStaging(at.project.own)
  fs.writeFileSync(journalFile(staging), '{"schemaVersion":1,"steps":[]}')
  const lock = path.join(at.project.own, 'project.lock')
  const seen: boolean[] = []
  await lookAtProject(at.project, at.options, () =>
    seen.push(fs.lstatSync(lock, { throwIfNoEntry: false }) !== undefined),
  )
  expect(seen).toEqual([false, false, false, true])
  expect(fs.readdirSync(at.project.own)).toEqual([])
})

test.each(['outdated', 'why-not a@2.0.0'])('%s waits for a change in progress', async (command) => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const project = projectAt(rig.project({ dependencies: { a: '^1.0.0' } }))
  const run = (line: string) => rig.cpm(line, { cwd: project.root })
  expect((await run('install')).code).toBe(0)
  await rig.publish('a@2.0.0')
  const expected = await run(command)
  const before = rig.read(project.lockFile)
  const staging = createStaging(project.own)
  fs.writeFileSync(journalFile(staging), '{}')
  const { running } = await withLock(
    projectLock(project),
    { subject: 'the project', timeout: 5000, emit: () => undefined },
    async () => {
      fs.writeFileSync(project.lockFile, 'half')
      const reader = run(command)
      await delay(300)
      fs.writeFileSync(project.lockFile, before)
      removeStaging(staging)
      return { running: reader }
    },
  )
  const { code, stdout, stderr } = await running
  expect([code, stdout], stderr).toEqual([expected.code, expected.stdout])
  expect(expected.stdout).toContain('2.0.0')
})

test(
  'concurrent readers of an install see either the old or the new state, and never fail',
  { timeout: 180_000 },
  async () => {
    await using rig = await Rig.create()
    await rig.publish('c@1.0.0')
    for (const version of ['1.0.0', '2.0.0']) {
      const names = ['a', ...Array.from({ length: 8 }, (_, i) => `part-${i}`)]
      await rig.publish(...names.slice(1).map((name) => `${name}@${version}`), [
        `a@${version}`,
        {
          dependencies: Object.fromEntries(names.slice(1).map((name) => [name, version])),
          files: { 'x.txt': version },
        },
      ])
    }
    const project = rig.project({ dependencies: { a: '1.0.0' } })
    await rig.cpm('install --copy', { cwd: project })
    let isOver = false
    const writers = async () => {
      for (let i = 0; !isOver; i++) {
        const { code, stderr } = await rig.binary(`install --copy a@${(i % 2) + 1}.0.0`, { cwd: project })
        expect(code, stderr).toBe(0)
      }
    }
    const readers = async () => {
      try {
        for (let i = 0; i < 3; i++) {
          for (const command of ['verify', 'path a', 'list', 'render a']) {
            const { code, stdout, stderr, json } = await rig.binary(`${command} --json`, { cwd: project })
            // a has no workflow to render, but it must be found complete
            if (command === 'render a') expect(json.error?.code, stdout + stderr).toBe('WORKFLOW_INVALID')
            else expect(code, `${command}: ${stdout}${stderr}`).toBe(0)
          }
        }
      } finally {
        isOver = true
      }
    }
    await Promise.all([writers(), readers()])
  },
)
