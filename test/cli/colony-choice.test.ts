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

test('a key is taken without the white space around it, from a variable as from a file', () => {
  using folder = new TemporaryFolder()
  const file = path.join(folder.path, 'key')
  fs.writeFileSync(file, `${KEY}\n`, { mode: 0o600 })
  expect(keyOf(folder.path, { COLONIES_PRVKEY: ` ${KEY}\n` })).toBe(KEY)
  expect(keyOf(folder.path, { COLONIES_PRVKEY_FILE: file })).toBe(KEY)
})

test('a context in use that names no colony is told of', () => {
  using folder = new TemporaryFolder()
  folder.write({ 'contexts.json': JSON.stringify({ schemaVersion: 1, current: 'p', contexts: { p: {} } }) })
  const file = path.join(folder.path, 'contexts.json')
  expect(() => requireColony({ file, env: new EnvironmentVariables({}) })).toThrow(
    "the context in use, p, names no colony's server",
  )
})

test('what is no file holds no key, whoever may read it', () => {
  using folder = new TemporaryFolder()
  expect(() => keyOf(folder.path, { COLONIES_PRVKEY_FILE: folder.path })).toThrow(
    `${folder.path} is no file with a key`,
  )
})
