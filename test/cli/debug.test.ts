import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

test('--debug shows the source location of an error and its causes', async () => {
  await using rig = await Rig.create()
  const { code, stderr } = await rig.binary('pack nowhere --debug')
  expect(code).toBe(1)
  const [frame] = stderr.split('\n').filter((line) => line.trim().startsWith('at '))
  expect(frame).toMatch(/src\/[\w/-]+\.ts:\d+:\d+/)
  expect(stderr).not.toMatch(/dist\/[\w.-]+\.js:1:/)
})

test('no stack trace is shown without --debug', async () => {
  await using rig = await Rig.create()
  expect((await rig.cpm('pack nowhere')).stderr).not.toContain('    at ')
})
