import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { nameAfterNobody, nameAfterProcess } from '../../src/core/process-identity.ts'
import { withScratch } from '../../src/core/scratch.ts'
import { faultEnv, readSteps } from '../faults/faulty.ts'
import { Rig } from '../rig/rig.ts'

test('a scratch folder is private, and goes with its work, with those of killed processes and with no other', async () => {
  await using rig = await Rig.create()
  const temporary = rig.path('tmp')
  const leave = (name: string) => {
    fs.mkdirSync(path.join(temporary, name), { recursive: true })
    return name
  }
  leave(`cpm-scratch-${nameAfterNobody('0')}`)
  const kept = [leave(`cpm-scratch-${nameAfterProcess('0')}`), leave('cpm-scratch-mine'), leave(nameAfterNobody('1'))]
  if (process.getuid?.() === 0) {
    const foreign = leave(`cpm-scratch-${nameAfterNobody('2')}`)
    fs.chownSync(path.join(temporary, foreign), 1, 1)
    kept.push(foreign)
  }
  vi.stubEnv('TMPDIR', temporary)
  try {
    const work = withScratch((folder) => {
      expect(path.dirname(folder)).toBe(temporary)
      expect(fs.statSync(folder).mode & 0o777).toBe(0o700)
      fs.writeFileSync(path.join(folder, 'file'), '')
      return Promise.reject(new Error('it fails'))
    })
    await expect(work).rejects.toThrow('it fails')
  } finally {
    vi.unstubAllEnvs()
  }
  expect(fs.readdirSync(temporary).sort()).toEqual(kept.sort())
})

test('G01 the next command removes what a killed one has packed to look at it', async () => {
  await using rig = await Rig.create()
  const env = { TMPDIR: rig.path('tmp') }
  fs.mkdirSync(env.TMPDIR)
  const args = ['publish', '--dry-run', rig.package('a@1.0.0')]
  const log = rig.path('steps')
  await rig.binary(args, { env: { ...env, ...faultEnv(`count:${log}`) } })
  const made = readSteps(log).findIndex(({ call, file }) => call === 'mkdir' && String(file).includes('cpm-scratch-'))
  await rig.binary(args, { env: { ...env, ...faultEnv(`kill:${made + 2}`) } })
  expect(fs.readdirSync(env.TMPDIR)).toHaveLength(1)
  const { code, stderr } = await rig.binary(args, { env })
  expect(code, stderr).toBe(0)
  expect(fs.readdirSync(env.TMPDIR)).toEqual([])
})
