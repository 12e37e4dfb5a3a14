import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.create()
})
afterAll(() => rig[Symbol.asyncDispose]())

test.runIf(fs.existsSync('/dev/full'))('a full disk while printing the result is reported as an error', () => {
  const full = fs.openSync('/dev/full', 'w')
  const bin = path.resolve(import.meta.dirname, '../../bin/cpm.js')
  for (const words of [['help'], ['help', '--json']]) {
    const { status, stderr } = spawnSync(process.execPath, [bin, ...words], {
      env: rig.env,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect(stderr).toMatch(
      /^error\[DISK_FULL\]: cannot write standard output: no space left on the disk \(ENOSPC\)\n {2}hint: .*\n$/,
    )
    expect(status).toBe(1)
  }
  fs.closeSync(full)
})

test('a reader that stops early is not an error', async () => {
  const command = rig.start('help')
  command.stdout.destroy()
  expect(await command).toMatchObject({ exitCode: 0, stderr: '' })
})

test('prints the version as JSON, and lists the commands of a group', async () => {
  const [plain, json, group, help] = await Promise.all(
    ['--version', '--json --version', 'values', 'help values'].map((line) => rig.binary(line)),
  )
  expect(json?.json).toMatchObject({ success: true, data: { version: plain?.stdout } })
  expect(group?.stderr).toMatch(/needs one of: show, explain, schema\n {2}hint: cpm help values$/)
  expect(help?.stdout.split('\n')).toHaveLength(3)
})
