import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { requireColony } from '../../src/operations/runs/colony-choice.ts'
import { TemporaryFolder } from '../workflow/rig.ts'

const KEY = '0123456789abcdef'.repeat(4)
const SERVER = { COLONIES_SERVER_HOST: 'localhost', COLONIES_COLONY_NAME: 'lab' }

function keyOf(folder: string, env: Record<string, string>): string {
  return requireColony({
    file: path.join(folder, 'contexts.json'),
    env: new EnvironmentVariables({ ...SERVER, ...env }),
  }).key().text
}

test('trims white space around a key from a variable or a file', () => {
  using folder = new TemporaryFolder()
  const file = path.join(folder.path, 'key')
  fs.writeFileSync(file, `${KEY}\n`, { mode: 0o600 })
  expect(keyOf(folder.path, { COLONIES_PRVKEY: ` ${KEY}\n` })).toBe(KEY)
  expect(keyOf(folder.path, { COLONIES_PRVKEY_FILE: file })).toBe(KEY)
})

test('names a current context that has no server', () => {
  using folder = new TemporaryFolder()
  folder.write({ 'contexts.json': JSON.stringify({ schemaVersion: 1, current: 'p', contexts: { p: {} } }) })
  const file = path.join(folder.path, 'contexts.json')
  expect(() => requireColony({ file, env: new EnvironmentVariables({}) })).toThrow(
    'neither the current context, p, nor the environment has a server',
  )
})

test('refuses a folder as a key file', () => {
  using folder = new TemporaryFolder()
  expect(() => keyOf(folder.path, { COLONIES_PRVKEY_FILE: folder.path })).toThrow(`${folder.path} is not a file`)
})
