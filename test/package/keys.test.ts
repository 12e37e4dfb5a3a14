import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { CpmError } from '../../src/core/errors.ts'
import { publicKeyOf } from '../../src/package/ed25519.ts'
import { exportSeed, findKey, generateKey, keyFromEnv, listKeys, loadKey } from '../../src/package/keys.ts'

let folder: string
beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-keys-')), 'keys')
})
afterEach(() => {
  fs.rmSync(path.dirname(folder), { recursive: true, force: true })
})

function failure(work: () => unknown): CpmError {
  try {
    work()
  } catch (error) {
    if (error instanceof CpmError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const mode = (file: string) => fs.statSync(file).mode & 0o777
const day = (n: number) => new Date(Date.UTC(2026, 0, n))

describe('keys on disk', () => {
  test('makes a key that can be loaded and signs as its id', () => {
    const { id, file } = generateKey(folder, day(1))
    const key = loadKey(file)
    expect(key.id).toBe(id)
    expect(publicKeyOf(key.seed)).toBe(id)
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({
      schemaVersion: 1,
      algorithm: 'ed25519',
      id,
      seed: Buffer.from(key.seed).toString('hex'),
      createdAt: '2026-01-01T00:00:00.000Z',
    })
  })

  test('never makes the same key twice, and lists them oldest first', () => {
    const second = generateKey(folder, day(2))
    const first = generateKey(folder, day(1))
    const third = generateKey(folder, day(3))
    expect(listKeys(folder).map(({ id }) => id)).toEqual([first.id, second.id, third.id])
    expect(new Set([first.id, second.id, third.id]).size).toBe(3)
  })

  test('returns no secrets in summaries of keys', () => {
    const { file } = generateKey(folder, day(1))
    const seed = Buffer.from(loadKey(file).seed).toString('hex')
    expect(JSON.stringify([generateKey(folder, day(2)), listKeys(folder)])).not.toContain(seed)
  })

  test('finds a key by a prefix of its id', () => {
    const { id } = generateKey(folder, day(1))
    expect(findKey(folder, id).id).toBe(id)
    expect(findKey(folder, id.slice(0, 8)).id).toBe(id)
    expect(failure(() => findKey(folder, 'zzzz')).code).toBe('KEY_NOT_FOUND')
    expect(failure(() => findKey(folder, '')).code).toBe('KEY_NOT_FOUND')
    generateKey(folder, day(2))
    expect(failure(() => findKey(folder, '')).code).toBe('USAGE')
  })

  test.skipIf(process.platform === 'win32')('H09 writes private keys that only their owner can read', () => {
    const { file } = generateKey(folder, day(1))
    expect(mode(file)).toBe(0o600)
    expect(mode(folder)).toBe(0o700)
    const exported = path.join(folder, 'exported')
    exportSeed(loadKey(file), exported)
    expect(mode(exported)).toBe(0o600)
    expect(
      failure(() => {
        exportSeed(loadKey(file), exported)
      }).code,
    ).toBe('FILE_EXISTS')
  })

  test.skipIf(process.platform === 'win32')(
    'H09 refuses a key file that others can read, and hints how to fix it',
    () => {
      const { file } = generateKey(folder, day(1))
      for (const bits of [0o640, 0o604, 0o644, 0o660, 0o610]) {
        fs.chmodSync(file, bits)
        const error = failure(() => loadKey(file))
        expect([error.code, error.hint]).toEqual(['KEY_INVALID', `chmod 600 ${file}`])
      }
      fs.chmodSync(file, 0o400)
      expect(loadKey(file).seed.length).toBe(32)
    },
  )

  test('lists no keys if there is no folder, and ignores other files', () => {
    expect(listKeys(folder)).toEqual([])
    generateKey(folder, day(1))
    for (const name of ['README', 'x.json', `${'a'.repeat(64)}.json.bak`])
      fs.writeFileSync(path.join(folder, name), '{')
    expect(listKeys(folder)).toHaveLength(1)
  })

  test('refuses a damaged key file, and shows nothing of it', () => {
    const { id, file } = generateKey(folder, day(1))
    const text = fs.readFileSync(file, 'utf8')
    const { seed } = JSON.parse(text) as { seed: string }
    const zeros = '00'.repeat(32)
    const damaged = [
      ...['', '{', 'null', '[]', text.slice(0, 100), text.replace('ed25519', 'rsa'), text.replace(seed, zeros)],
      ...[
        text.replace(seed, seed.slice(2)),
        text.replace(id, publicKeyOf(Buffer.alloc(32, 1))),
        text.replace(seed, 'x'),
      ],
      ...[text.replace('"schemaVersion": 1', '"schemaVersion": 2'), text.replace('{', '{"more":1,')],
    ]
    for (const contents of damaged) {
      fs.writeFileSync(file, contents)
      const error = failure(() => loadKey(file))
      expect(error.code, contents.slice(0, 20)).toBe('KEY_INVALID')
      expect(JSON.stringify(error.toJSON())).not.toContain(seed.slice(0, 12))
    }
    fs.rmSync(file)
    expect(failure(() => loadKey(file)).code).toBe('KEY_NOT_FOUND')
  })
})

describe('the key in CPM_SIGNING_KEY', () => {
  const seed = Buffer.alloc(32, 7)

  test('is a seed in upper-case or lower-case hex', () => {
    const text = seed.toString('hex')
    expect(keyFromEnv(new EnvironmentVariables({ CPM_SIGNING_KEY: text }))).toEqual({ id: publicKeyOf(seed), seed })
    expect(keyFromEnv(new EnvironmentVariables({ CPM_SIGNING_KEY: text.toUpperCase() }))?.id).toBe(publicKeyOf(seed))
  })

  test('is undefined if the variable is empty or not set', () => {
    expect(keyFromEnv(new EnvironmentVariables({}))).toBeUndefined()
    expect(keyFromEnv(new EnvironmentVariables({ CPM_SIGNING_KEY: '' }))).toBeUndefined()
  })

  test('E04 is refused in any other form, and never shown', () => {
    const hex = seed.toString('hex')
    for (const text of ['hunter2', hex.slice(1), `${hex}00`, ` ${hex}`, `${hex}\n`, `0x${hex}`, 'zz'.repeat(32)]) {
      const error = failure(() => keyFromEnv(new EnvironmentVariables({ CPM_SIGNING_KEY: text })))
      expect(error.code).toBe('KEY_INVALID')
      expect(JSON.stringify(error.toJSON())).not.toContain(text.trim())
    }
  })
})
