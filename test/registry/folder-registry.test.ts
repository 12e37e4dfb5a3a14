import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { nameAfterNobody, nameAfterProcess } from '../../src/core/process-identity.ts'
import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import { nextOwnersRecord, ownersPayload, writeOwnersLine } from '../../src/package/owners.ts'
import { openFolderRegistry } from '../../src/registry/folder-registry.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { ForgedRegistry, OWNER_SEED } from '../rig/forged-registry.ts'
import { poolHere } from '../rig/in-process.ts'
import { Rig } from '../rig/rig.ts'

test('owners are added one record at a time, even if each of several lines continues the chain', async () => {
  await using rig = await Rig.create()
  const forged = new ForgedRegistry(rig.path('forged'))
  await forged.add({ name: 'a', version: '1.0.0' }, { 'colony.yaml': 'apiVersion: v1\nname: a\nversion: 1.0.0\n' })
  const name = 'a' as PackageName
  const file = path.join(forged.root, 'keys/a')
  const before = fs.readFileSync(file, 'utf8')
  const owner = publicKeyOf(OWNER_SEED)
  const other = publicKeyOf(Buffer.alloc(32, 12))
  const next = (chain: string, keys: (typeof owner)[]) => {
    const record = nextOwnersRecord(name, chain, keys)
    return writeOwnersLine(record, owner, sign(ownersPayload(record), OWNER_SEED))
  }
  const second = next(before, [owner, other])
  const third = next(`${before}${second}\n`, [owner])
  const parts = { pool: poolHere(true), lockTimeout: 1000, emit: () => undefined, now: () => new Date() }
  const registry = await openFolderRegistry(forged.root, parts)
  await expect(registry.writer.addOwners(name, `${second}\n${third}`)).rejects.toMatchObject({ code: 'OWNER_MISMATCH' })
  expect(fs.readFileSync(file, 'utf8')).toBe(before)
  await registry.writer.addOwners(name, second)
  await registry.writer.addOwners(name, third)
  expect(fs.readFileSync(file, 'utf8')).toBe(`${before}${second}\n${third}\n`)
})

test('G04 the process locks of killed commands go with the next command, even if it changes another name or nothing', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', '@org/b@1.0.0', 'c@1.0.0')
  const { json } = await rig.cpm('key generate --json')
  const { id } = json.data as { id: string }
  expect((await rig.cpm(['owner', 'add', 'a', id])).code).toBe(0)
  const locks = path.join(rig.registry, '.locks')
  const lock = (name: string, holder: string) => {
    const file = path.join(locks, `${name}.lock`)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.symlinkSync(`${holder}@${os.hostname()}:cpm owner`, file)
  }
  const held = () => rig.files(locks)
  for (const command of [`owner add a ${id}`, 'yank c@1.0.0']) {
    for (const name of ['a', '@org/b']) lock(name, nameAfterNobody('0'))
    lock('d', nameAfterProcess('0'))
    expect(held()).toHaveLength(3)
    const { code, stderr } = await rig.cpm(command)
    expect(code, stderr).toBe(0)
    expect(held()).toEqual(['d.lock'])
    fs.rmSync(path.join(locks, 'd.lock'))
  }
})
