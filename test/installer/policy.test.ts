import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'

/** Creates a project with `a` installed, whose only version so far is signed by the rig's key. */
async function installed() {
  const rig = await Rig.create()
  await rig.publish('a@1.0.0')
  const project = rig.project({ dependencies: { a: '*' } })
  expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  const cpm = async (line: string, env: Record<string, string> = {}) => {
    const { code, json } = await rig.cpm(`${line} --json`, { cwd: project, env })
    return { code, error: json.error?.code, message: json.error?.message, hint: json.error?.hint, data: json.data }
  }
  return { rig, project, cpm, key: await theKey(rig) }
}

async function theKey(rig: Rig): Promise<string> {
  const { json } = await rig.cpm('key list --json')
  return (json.data as { keys: { id: string }[] }).keys[0]?.id ?? ''
}

async function anotherKey(rig: Rig): Promise<{ id: string; seed: string }> {
  const { json } = await rig.cpm('key generate --json')
  const { id } = json.data as { id: string }
  return { id, seed: await seedOf(rig, id) }
}

async function seedOf(rig: Rig, id: string): Promise<string> {
  const file = rig.path(`seed-${id.slice(0, 8)}`)
  await rig.cpm(['key', 'export', id, '--secret', '-o', file])
  return fs.readFileSync(file, 'utf8').trim()
}

/** Replaces the registry by one of another person: the same id, but other keys and contents. */
async function replaceRegistry(rig: Rig, seed: string, ...ids: string[]): Promise<void> {
  const config = fs.readFileSync(path.join(rig.registry, 'config.json'))
  fs.rmSync(rig.registry, { recursive: true })
  const folders = ids.map((id) => rig.package(id, { files: { 'other.txt': 'other' } }))
  const { code, stderr } = await rig.cpm(['publish', ...folders], { env: { CPM_SIGNING_KEY: seed } })
  expect([code, stderr]).toEqual([0, expect.anything()])
  fs.writeFileSync(path.join(rig.registry, 'config.json'), config)
  // Its indexes differ too: a cached index would be reported first.
  fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
}

function owner(project: string): string | undefined {
  const { packages } = JSON.parse(fs.readFileSync(path.join(project, 'colony.lock'), 'utf8')) as {
    packages: Record<string, { owner: string }>
  }
  return packages.a?.owner
}

function settings(rig: Rig, security: Record<string, unknown>): void {
  fs.writeFileSync(path.join(rig.home, 'config.json'), JSON.stringify({ security }))
}

/** Whether a request is for owners, an envelope or an archive. */
const isOfOwners = ({ url }: { url: string }) => !/\/(?:config\.json|index\/)/.test(url)

describe('owners', () => {
  test('can be changed by an owner; an added owner can publish, a removed one cannot', async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    const other = await anotherKey(rig)
    const as = { CPM_SIGNING_KEY: other.seed }
    const two = rig.package('a@2.0.0')
    expect((await cpm(`publish ${two}`, as)).error).toBe('OWNER_MISMATCH')
    expect((await cpm(`owner add a ${other.id}`, as)).error).toBe('KEY_NOT_FOUND')
    expect((await cpm(`owner add a ${other.id}`)).code).toBe(0)
    expect((await cpm(`publish ${two}`, as)).code).toBe(0)
    expect((await cpm(`owner remove a ${key}`, as)).code).toBe(0)
    expect((await cpm(`publish ${rig.package('a@3.0.0')} --key ${key}`)).error).toBe('OWNER_MISMATCH')
    expect((await cpm('owner list a')).data).toMatchObject({
      owners: [other.id],
      records: [{ number: 1 }, { number: 2 }, { number: 3, signedBy: other.id }],
    })
    // Releases that the removed key signed while it was an owner stay valid, and so do later ones.
    expect((await cpm('install')).code).toBe(0)
    expect((await cpm('install a@^2')).code).toBe(0)
    expect((await cpm('verify')).code).toBe(0)
  })

  test('of a locked release are those in force when it was published, according to the index', async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    const other = await anotherKey(rig)
    await cpm(`owner add a ${other.id}`)
    expect((await cpm(`owner remove a ${key}`, { CPM_SIGNING_KEY: other.seed })).code).toBe(0)
    const cache = path.join(rig.home, 'cache')
    fs.rmSync(cache, { recursive: true })
    expect((await cpm('ci')).code).toBe(0)
    fs.rmSync(cache, { recursive: true })
    const index = path.join(rig.registry, 'index', 'a')
    fs.writeFileSync(index, fs.readFileSync(index, 'utf8').replace('"owners":1', '"owners":3'))
    const { code, error, message } = await cpm('ci')
    expect([code, error]).toEqual([5, 'DIGEST_MISMATCH'])
    expect(message).toContain('none of its owners signed it')
  })

  test('C02 are refused if a registry returns fewer records than before, since it withholds a change', async () => {
    const { rig, project, cpm } = await installed()
    await using _ = rig
    const other = await anotherKey(rig)
    const records = path.join(rig.registry, 'keys', 'a')
    const first = fs.readFileSync(records)
    expect((await cpm(`owner add a ${other.id}`)).code).toBe(0)
    await rig.publish('a@1.1.0')
    expect((await cpm('update')).code).toBe(0)
    fs.writeFileSync(records, first)
    fs.rmSync(path.join(project, 'colony.lock'))
    const { code, error, message } = await cpm('install')
    expect([code, error]).toEqual([5, 'OWNER_MISMATCH'])
    expect(message).toContain('1 of the 2 owner records of a')
  })

  test("can't be removed completely, and can't be keys that can't sign", async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    expect(await cpm(`owner remove a ${key}`)).toMatchObject({ code: 2, error: 'USAGE' })
    expect(await cpm(`owner add a ${'0'.repeat(64)}`)).toMatchObject({ error: 'KEY_INVALID' })
    expect(await cpm(`owner list nothere`)).toMatchObject({ code: 7, error: 'PACKAGE_NOT_FOUND' })
  })

  test('C10 that the chain does not prove are refused with an explanation until the user trusts them', async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    const other = await anotherKey(rig)
    await replaceRegistry(rig, other.seed, 'a@1.0.0', 'a@1.1.0')
    // The lock still names the first owner; the newer version belongs to another key.
    const refused = await cpm('install a@1.1.0')
    expect(refused).toMatchObject({ code: 5, error: 'OWNER_MISMATCH' })
    expect(refused.message).toContain(`the first owner of a was ${key}`)
    expect(refused.message).toContain(other.id)
    expect(refused.hint).toContain(`cpm key trust ${other.id} --for a`)
    expect((await cpm(`key trust ${other.id} --for b`)).code).toBe(0)
    expect((await cpm('install a@1.1.0')).error).toBe('OWNER_MISMATCH')
    expect((await cpm(`key trust ${other.id} --for a`)).code).toBe(0)
    expect((await cpm('install a@1.1.0')).code).toBe(0)
    expect((await cpm('ci')).code).toBe(0)
    expect((await cpm('verify')).code).toBe(0)
  })

  test('that the user trusts are requested only once, and replace the locked owner if they differ', async () => {
    const { rig, project, cpm, key } = await installed()
    await using _ = rig
    await rig.publish('b@1.0.0')
    expect((await cpm('install b')).code).toBe(0)
    const other = await anotherKey(rig)
    await using server = await RegistryServer.open(rig.registry)
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    const remote = { CPM_REGISTRY: server.url }
    expect((await cpm(`key trust ${other.id} --for a`)).code).toBe(0)
    expect((await cpm('install', remote)).code).toBe(0)
    expect(owner(project)).toBe(key)
    // The cache is empty, so what proves b is requested once.
    expect((await cpm('ci', remote)).code).toBe(0)
    server.forget()
    // Everything is installed and the owner matches the lock: only statuses are requested.
    for (const line of ['install', 'ci', 'install --frozen']) expect((await cpm(line, remote)).code, line).toBe(0)
    expect(server.asked.filter(isOfOwners)).toEqual([])

    // The same contents, of which only a was first published by the other key.
    const config = fs.readFileSync(path.join(rig.registry, 'config.json'))
    fs.rmSync(rig.registry, { recursive: true })
    await rig.cpm(['publish', rig.package('b@1.0.0')], { env: { CPM_SIGNING_KEY: await seedOf(rig, key) } })
    await rig.cpm(['publish', rig.package('a@1.0.0')], { env: { CPM_SIGNING_KEY: other.seed } })
    fs.writeFileSync(path.join(rig.registry, 'config.json'), config)
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    expect((await cpm('install', remote)).code).toBe(0)
    expect(owner(project)).toBe(other.id)
    expect((await cpm('ci', remote)).code).toBe(0)
    server.forget()
    for (const line of ['install', 'ci', 'verify']) expect((await cpm(line, remote)).code, line).toBe(0)
    expect(server.asked.filter(isOfOwners)).toEqual([])
  })

  test('seen before on this machine also count for a new project', async () => {
    const { rig } = await installed()
    await using _ = rig
    const other = await anotherKey(rig)
    const kept = path.join(rig.home, 'cache')
    const aside = rig.path('cache-aside')
    fs.cpSync(kept, aside, { recursive: true })
    await replaceRegistry(rig, other.seed, 'a@1.0.0')
    fs.cpSync(aside, kept, { recursive: true })
    for (const entry of fs.readdirSync(kept))
      fs.rmSync(path.join(kept, entry, 'index'), { recursive: true, force: true })
    const fresh = rig.project({ dependencies: { a: '*' } })
    const { code, json } = await rig.cpm('install --json', { cwd: fresh })
    expect([code, json.error?.code]).toEqual([5, 'OWNER_MISMATCH'])
    expect(json.error?.message).toContain('no earlier owner signed that change')
    // A failed attempt does not make the new owners known.
    expect((await rig.cpm('install --json', { cwd: fresh })).json.error?.code).toBe('OWNER_MISMATCH')
  })

  test('returned to verify or ci do not replace those seen before', async () => {
    const { rig, cpm } = await installed()
    await using _ = rig
    const other = await anotherKey(rig)
    const [id] = fs.readdirSync(path.join(rig.home, 'cache')).filter((name) => /^[0-9a-f]{32}$/.test(name))
    const owners = path.join(rig.home, 'cache', id ?? '', 'owners', 'a')
    const before = fs.readFileSync(owners, 'utf8')
    const aside = rig.path('cache-aside')
    fs.cpSync(path.join(rig.home, 'cache'), aside, { recursive: true })
    await replaceRegistry(rig, other.seed, 'a@1.0.0')
    fs.cpSync(aside, path.join(rig.home, 'cache'), { recursive: true })
    fs.rmSync(path.join(rig.home, 'cache', id ?? '', 'index'), { recursive: true })
    // Without the envelope, cpm asks the registry and gets other owners.
    fs.rmSync(path.join(rig.home, 'cache', id ?? '', 'envelopes'), { recursive: true })
    expect((await cpm('verify')).code).toBe(5)
    expect((await cpm('ci --prove')).code).toBe(5)
    expect(fs.readFileSync(owners, 'utf8')).toBe(before)
  })
})

describe('policy', () => {
  test('B05 refuses new and locked releases of a distrusted key with POLICY_REFUSED, exit 6', async () => {
    const { rig, project, cpm, key } = await installed()
    await using _ = rig
    expect((await cpm(`key distrust ${key}`)).code).toBe(0)
    for (const line of ['install', 'ci', 'verify', 'install --copy'])
      expect(await cpm(line), line).toMatchObject({ code: 6, error: 'POLICY_REFUSED' })
    const fresh = rig.project({ dependencies: { a: '*' } })
    const { code, json } = await rig.cpm('install --json', { cwd: fresh })
    expect([code, json.error?.code]).toEqual([6, 'POLICY_REFUSED'])
    expect(fs.existsSync(path.join(fresh, 'colony.lock'))).toBe(false)
    expect(json.error?.hint).toContain(`cpm key distrust ${key} --undo`)
    expect((await cpm(`key distrust ${key} --undo`)).code).toBe(0)
    expect((await rig.cpm('install', { cwd: fresh })).code).toBe(0)
    expect((await rig.cpm('ci', { cwd: project })).code).toBe(0)
  })

  test('cpm key trust refuses a distrusted key until its distrust is undone', async () => {
    const { rig, project, cpm, key } = await installed()
    await using _ = rig
    expect((await cpm(`key distrust ${key}`)).code).toBe(0)
    expect(await cpm(`key trust ${key} --for b`)).toMatchObject({
      code: 6,
      error: 'POLICY_REFUSED',
      message: `you distrust the key ${key}`,
      hint: `to accept its signatures again: cpm key distrust ${key} --undo`,
    })
    expect((await cpm('install')).code).toBe(6)
    const undone = await rig.cpm(`key distrust ${key} --undo`, { cwd: project })
    expect([undone.code, undone.stdout]).toEqual([0, `${key} is no longer distrusted`])
    expect((await cpm(`key trust ${key} --for b`)).code).toBe(0)
    expect((await cpm('install')).code).toBe(0)
  })

  test('warns when you distrust your own key, and does not publish with it', async () => {
    const { rig, project, cpm, key } = await installed()
    await using _ = rig
    const { code, stderr } = await rig.cpm(`key distrust ${key}`, { cwd: project })
    expect(code).toBe(0)
    expect(stderr).toContain(`warning: ${key} is one of your own signing keys: cpm publish no longer signs with it`)
    expect(stderr).toContain(`cpm key distrust ${key} --undo`)
    const folder = rig.package('b@1.0.0')
    const refused = { code: 6, error: 'POLICY_REFUSED', message: `you distrust the key ${key}` }
    expect(await cpm(`publish ${folder}`)).toMatchObject(refused)
    expect(await cpm(`publish ${folder} --key ${key}`)).toMatchObject(refused)
    expect(await cpm(`publish ${folder}`, { CPM_SIGNING_KEY: await seedOf(rig, key) })).toMatchObject(refused)
    expect(fs.existsSync(path.join(rig.registry, 'index/b'))).toBe(false)
    const other = await anotherKey(rig)
    expect((await rig.cpm(`key distrust ${'ab'.repeat(32)}`)).stderr).not.toContain('warning')
    expect((await cpm(`publish ${folder} --key ${other.id}`)).code).toBe(0)
  })

  test('cpm verify says that your settings refuse packages, apart from packages that do not match', async () => {
    const { rig, project, cpm, key } = await installed()
    await using _ = rig
    expect((await cpm(`key distrust ${key}`)).code).toBe(0)
    const verified = await cpm('verify')
    expect(verified.message).toBe(
      `your settings refuse 1 package:\n  a@1.0.0: it is signed by ${key}, which you distrust`,
    )
    expect(verified.hint).toBe((await cpm('install')).hint)
    expect(verified.hint).toContain(`cpm key distrust ${key} --undo`)
    fs.mkdirSync(path.join(project, 'colony_packages', 'stranger'))
    const mixed = await cpm('verify')
    expect(mixed.message).toMatch(/^1 package does not match the lock; your settings refuse 1 package:\n/)
    expect(mixed.error).toBe('PACKAGE_DAMAGED')
  })

  test('refuses a name that a distrusted key transferred', async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    const thief = await anotherKey(rig)
    expect((await cpm(`owner add a ${thief.id}`)).code).toBe(0)
    expect((await cpm(`publish ${rig.package('a@1.1.0')}`, { CPM_SIGNING_KEY: thief.seed })).code).toBe(0)
    expect((await cpm(`key distrust ${key}`)).code).toBe(0)
    const refused = await cpm('install a@1.1.0')
    expect(refused).toMatchObject({ code: 6, error: 'POLICY_REFUSED' })
    expect(refused.hint).toContain(`cpm key trust ${thief.id} --for a`)
    expect((await cpm(`key trust ${thief.id} --for a`)).code).toBe(0)
    expect((await cpm('install a@1.1.0')).code).toBe(0)
  })

  test('B05 accepts only signers in security.trustedKeys for names that match a pattern', async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    await rig.publish('@acme/b@1.0.0', ['c@1.0.0', { dependencies: { '@acme/b': '*' } }])
    const project = rig.project({ dependencies: { c: '*' } })
    const install = async () => (await rig.cpm('install --json', { cwd: project })).json.error?.code
    const other = await anotherKey(rig)
    settings(rig, { trustedKeys: { '@acme/*': [other.id] } })
    expect(await install()).toBe('POLICY_REFUSED')
    expect((await cpm('ci')).code).toBe(0)
    settings(rig, { trustedKeys: { '@acme/*': [other.id, key] } })
    expect(await install()).toBeUndefined()
    settings(rig, { trustedKeys: { c: [other.id] } })
    expect(await install()).toBe('POLICY_REFUSED')
    settings(rig, { trustedKeys: { '*': [key] } })
    expect(await install()).toBeUndefined()
  })

  test('accepts nothing if security.algorithms lacks ed25519, and refuses unknown algorithms in it', async () => {
    const { rig, cpm } = await installed()
    await using _ = rig
    settings(rig, { algorithms: [] })
    expect(await cpm('ci')).toMatchObject({ code: 6, error: 'POLICY_REFUSED' })
    settings(rig, { algorithms: ['none'] })
    expect(await cpm('ci')).toMatchObject({ code: 2, error: 'CONFIG_INVALID' })
  })

  test('C01 refuses an unsigned envelope by default, and can accept it for names without owners', async () => {
    const { rig, cpm } = await installed()
    await using _ = rig
    await rig.publish('b@1.0.0')
    const envelopeFile = path.join(rig.registry, 'packages/b/1.0.0/b-1.0.0.dsse')
    const indexFile = path.join(rig.registry, 'index/b')
    const { blake3 } = await import('../../src/core/blake3.ts')
    const envelope = JSON.parse(fs.readFileSync(envelopeFile, 'utf8')) as Record<string, unknown>
    const stripped = canonicalJson({ ...envelope, signatures: [] })
    const record = JSON.parse(fs.readFileSync(indexFile, 'utf8')) as Record<string, unknown>
    fs.writeFileSync(envelopeFile, stripped)
    fs.writeFileSync(indexFile, `${canonicalJson({ ...record, envelope: blake3(Buffer.from(stripped)) })}\n`)
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    expect(await cpm('install b')).toMatchObject({ code: 5, error: 'ENVELOPE_INVALID' })
    settings(rig, { requireSignatures: false })
    // The name has owners, so a missing signature is not an accident.
    expect(await cpm('install b')).toMatchObject({ code: 5, error: 'OWNER_MISMATCH' })
    fs.rmSync(path.join(rig.registry, 'keys/b'))
    expect(await cpm('install b')).toMatchObject({ code: 0 })
    expect(await cpm('ci')).toMatchObject({ code: 0 })
    settings(rig, { requireSignatures: true })
    expect((await cpm('ci')).code).not.toBe(0)
  })

  test('fails if the trust file is unreadable', async () => {
    const { rig, cpm, key } = await installed()
    await using _ = rig
    expect((await cpm(`key distrust ${key}`)).code).toBe(0)
    fs.writeFileSync(path.join(rig.home, 'trust.json'), '{"schemaVersion":1')
    expect(await cpm('install')).toMatchObject({ code: 2, error: 'CONFIG_INVALID' })
  })
})
