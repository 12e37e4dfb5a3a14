import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

/** A registry with one package, and a project that requires it. */
async function published(): Promise<{
  rig: Rig
  project: string
  archive: string
  envelope: string
  index: string
  owners: string
}> {
  const rig = await Rig.create()
  await rig.publish(['a@1.0.0', { files: { 'data.txt': 'data '.repeat(500) } }])
  const at = path.join(rig.registry, 'packages/a/1.0.0/a-1.0.0')
  return {
    rig,
    project: rig.project({ dependencies: { a: '*' } }),
    archive: `${at}.cpm`,
    envelope: `${at}.dsse`,
    index: path.join(rig.registry, 'index/a'),
    owners: path.join(rig.registry, 'keys/a'),
  }
}

function flip(file: string, at: number): void {
  const bytes = fs.readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  fs.writeFileSync(file, bytes)
}

function nothingInPlace(rig: Rig, project: string): void {
  expect(rig.files(project).filter((name) => name.startsWith('colony_packages/a'))).toEqual([])
  expect(fs.existsSync(path.join(project, 'colony.lock'))).toBe(false)
  const named = fs.existsSync(rig.store) ? fs.readdirSync(rig.store).filter((name) => /^[0-9a-f]{2}$/.test(name)) : []
  expect(named).toEqual([])
}

describe('a registry that lies', () => {
  test('C01 with a byte of the archive changed is refused: DIGEST_MISMATCH, exit 5, nothing in the store', async () => {
    const { rig, project, archive } = await published()
    await using _ = rig
    flip(archive, fs.statSync(archive).size >> 1)
    const { code, json } = await rig.cpm('install --json', { cwd: project })
    expect([code, json.error?.code]).toEqual([5, 'DIGEST_MISMATCH'])
    nothingInPlace(rig, project)
  })

  test('with a shorter or longer archive is refused', async () => {
    const { rig, project, archive } = await published()
    await using _ = rig
    const bytes = fs.readFileSync(archive)
    for (const other of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.alloc(1)]), Buffer.alloc(0)]) {
      fs.writeFileSync(archive, other)
      const { code, json } = await rig.cpm('install --json', { cwd: project })
      expect([code, json.error?.code]).toEqual([5, 'DIGEST_MISMATCH'])
    }
    nothingInPlace(rig, project)
  })

  test('C01 with the signature stripped is refused: no envelope, or an envelope without signatures', async () => {
    const { rig, project, envelope } = await published()
    await using _ = rig
    const text = fs.readFileSync(envelope, 'utf8')
    fs.writeFileSync(envelope, text.replace(/"signatures":\[.*\]/, '"signatures":[]'))
    const empty = await rig.cpm('install --json', { cwd: project })
    fs.rmSync(envelope)
    const gone = await rig.cpm('install --json', { cwd: project })
    expect([empty.code, empty.json.error?.code]).toEqual([5, 'ENVELOPE_INVALID'])
    expect([gone.code, gone.json.error?.code]).toEqual([5, 'ENVELOPE_INVALID'])
    nothingInPlace(rig, project)
  })

  test('C01 with a byte of the signature changed is refused: SIGNATURE_INVALID, exit 5', async () => {
    const { rig, project, envelope } = await published()
    await using _ = rig
    const text = fs.readFileSync(envelope, 'utf8')
    fs.writeFileSync(
      envelope,
      text.replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`),
    )
    const { code, json } = await rig.cpm('install --json', { cwd: project })
    expect([code, json.error?.code]).toEqual([5, 'SIGNATURE_INVALID'])
  })

  test('with a package signed by a stranger is refused: OWNER_MISMATCH, exit 5', async () => {
    const { rig, project, archive, envelope, index } = await published()
    await using _ = rig
    await using stranger = await Rig.create()
    await stranger.publish(['a@1.0.0', { files: { 'data.txt': 'other' } }])
    const theirs = path.join(stranger.registry, 'packages/a/1.0.0/a-1.0.0')
    fs.copyFileSync(`${theirs}.cpm`, archive)
    fs.copyFileSync(`${theirs}.dsse`, envelope)
    fs.copyFileSync(path.join(stranger.registry, 'index/a'), index)
    const { code, json } = await rig.cpm('install --json', { cwd: project })
    expect([code, json.error?.code]).toEqual([5, 'OWNER_MISMATCH'])
    nothingInPlace(rig, project)
  })

  test('with owners other than before is refused by a project that knows the first ones', async () => {
    const { rig, project, archive, envelope, index, owners } = await published()
    await using _ = rig
    await rig.cpm('install', { cwd: project })
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    await using stranger = await Rig.create()
    await stranger.publish(['a@1.0.0', { files: { 'data.txt': 'other' } }], 'a@1.1.0')
    const theirs = path.join(stranger.registry, 'packages/a/1.0.0/a-1.0.0')
    fs.copyFileSync(`${theirs}.cpm`, archive)
    fs.copyFileSync(`${theirs}.dsse`, envelope)
    fs.copyFileSync(path.join(stranger.registry, 'index/a'), index)
    fs.copyFileSync(path.join(stranger.registry, 'keys/a'), owners)
    fs.cpSync(path.join(stranger.registry, 'packages/a/1.1.0'), path.join(rig.registry, 'packages/a/1.1.0'), {
      recursive: true,
    })
    const { code, json } = await rig.cpm('install a@1.1.0 --json', { cwd: project })
    expect([code, json.error?.code]).toEqual([5, 'OWNER_MISMATCH'])
  })

  test.each([
    ['dependencies', (line: string) => line.replace('"dependencies":{}', '"dependencies":{"evil":"*"}')],
    ['version', (line: string) => line.replace('"version":"1.0.0"', '"version":"1.0.9"')],
    [
      'tree',
      (line: string) =>
        line.replace(/("tree":"blake3:)(.)/, (_, head: string, c: string) => `${head}${c === '0' ? '1' : '0'}`),
    ],
    [
      'envelope',
      (line: string) =>
        line.replace(/("envelope":"blake3:)(.)/, (_, head: string, c: string) => `${head}${c === '0' ? '1' : '0'}`),
    ],
    [
      'archiveSize',
      (line: string) =>
        line.replace(/"archiveSize":(\d)/, (_, d: string) => `"archiveSize":${d === '9' ? '1' : Number(d) + 1}`),
    ],
    ['owners', (line: string) => line.replace('"owners":1', '"owners":2')],
    ['canonical form', (line: string) => line.replace('{', '{ ')],
    ['name', (line: string) => line.replace('"name":"a"', '"name":"b"')],
  ])('whose index lies about %s is refused with exit 5 or has no solution', async (_field, edit) => {
    const { rig, project, index } = await published()
    await using _ = rig
    const line = fs.readFileSync(index, 'utf8')
    expect(edit(line)).not.toBe(line)
    fs.writeFileSync(index, edit(line))
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    // The missing dependency is noticed before the lie.
    expect(_field === 'dependencies' ? [5, 7] : [5], stderr).toContain(code)
    nothingInPlace(rig, project)
  })

  test('C02 with a shortened or rewritten index is refused by a machine that has seen more', async () => {
    const { rig, project, index } = await published()
    await using _ = rig
    const before = fs.readFileSync(index)
    await rig.publish('a@1.1.0')
    const after = fs.readFileSync(index)
    await rig.cpm('install', { cwd: project })
    fs.writeFileSync(index, before)
    const shorter = await rig.cpm('install a --json', { cwd: rig.project() })
    expect([shorter.code, shorter.json.error?.code]).toEqual([5, 'INDEX_REWRITTEN'])
    // Every line is valid, and the length is the same.
    fs.writeFileSync(index, after.toString().replace(/"publishedAt":"....-..-..T../, '"publishedAt":"2020-01-01T00'))
    const rewritten = await rig.cpm('install a --json', { cwd: rig.project() })
    expect([rewritten.code, rewritten.json.error?.code]).toEqual([5, 'INDEX_REWRITTEN'])
  })

  test('with an incomplete last line or lines of a newer format can be read without them', async () => {
    const { rig, project, index } = await published()
    await using _ = rig
    fs.appendFileSync(index, '{"type":"unheard-of","v":99}\n{"dependencies":{},"na')
    const { code, stderr } = await rig.cpm('install', { cwd: project })
    expect(code, stderr).toBe(0)
  })

  test('C13 that swaps an archive during a read yields the expected bytes or an error', async () => {
    const { rig, project, archive } = await published()
    await using _ = rig
    const good = fs.readFileSync(archive)
    const evil = Buffer.from(good)
    evil[evil.length - 9] = (evil[evil.length - 9] ?? 0) ^ 0xff
    const swapping = { on: true }
    const swapper = (async () => {
      for (let i = 0; swapping.on; i++) {
        const next = `${archive}.next`
        fs.writeFileSync(next, i % 2 === 0 ? evil : good)
        fs.renameSync(next, archive)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let i = 0; i < 8; i++) {
      fs.rmSync(rig.store, { recursive: true, force: true })
      fs.rmSync(path.join(project, 'colony_packages'), { recursive: true, force: true })
      const { code } = await rig.cpm('install', { cwd: project })
      expect([0, 5]).toContain(code)
      if (code === 0) expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
    }
    swapping.on = false
    await swapper
  })
})

describe('publishing', () => {
  test('the same contents again changes nothing; different contents are refused with exit code 1', async () => {
    const { rig, index } = await published()
    await using _ = rig
    const before = fs.readFileSync(index, 'utf8')
    const same = await rig.cpm(['publish', rig.package('a@1.0.0', { files: { 'data.txt': 'data '.repeat(500) } })])
    expect(same.stdout).toContain('1 already published')
    const { code, json } = await rig.cpm([
      'publish',
      rig.package('a@1.0.0', { files: { 'data.txt': 'new' } }),
      '--json',
    ])
    expect([code, json.error?.code]).toEqual([1, 'VERSION_EXISTS'])
    expect(fs.readFileSync(index, 'utf8')).toBe(before)
  })

  test('with a key that is not an owner is refused', async () => {
    const { rig } = await published()
    await using _ = rig
    const seed = 'ab'.repeat(32)
    const { code, json } = await rig.cpm(['publish', rig.package('a@1.1.0'), '--json'], {
      env: { CPM_SIGNING_KEY: seed },
    })
    expect([code, json.error?.code]).toEqual([5, 'OWNER_MISMATCH'])
  })

  test('several packages publishes none of them if one is refused', async () => {
    const { rig } = await published()
    await using _ = rig
    const { code } = await rig.cpm(['publish', rig.package('b@1.0.0'), rig.package('a@1.0.0')])
    expect(code).toBe(1)
    expect(fs.existsSync(path.join(rig.registry, 'index/b'))).toBe(false)
  })

  test('an archive file gives the same tree as its folder', async () => {
    const { rig } = await published()
    await using _ = rig
    const folder = rig.package('c@1.0.0')
    const packed = await rig.cpm(['pack', folder, '-o', rig.path('c.cpm'), '--json'])
    const result = await rig.cpm(['publish', rig.path('c.cpm'), '--json'])
    expect(result.json.data).toMatchObject({
      packages: [{ name: 'c', tree: (packed.json.data as { tree: string }).tree }],
    })
  })

  test('creates no key without a terminal; key generate prints the id and writes a 0600 file', async () => {
    await using rig = await Rig.create()
    const refused = await rig.cpm(['publish', rig.package('a@1.0.0'), '--json'], { withoutKey: true })
    expect([refused.code, refused.json.error?.code, refused.json.error?.hint]).toEqual([4, 'KEY_NOT_FOUND', 'cpm key generate']) // prettier-ignore
    const { code, stdout } = await rig.cpm('key generate')
    expect(code).toBe(0)
    const [file = ''] = fs.readdirSync(path.join(rig.home, 'keys')).filter((name) => name.endsWith('.json'))
    expect(stdout).toContain(file.replace('.json', ''))
    expect(fs.statSync(path.join(rig.home, 'keys', file)).mode & 0o777).toBe(0o600)
  })

  test('D10 never exposes a secret: not in output, errors, the registry or the lock', async () => {
    await using rig = await Rig.create()
    const seed = 'c0ffee'.repeat(10) + 'abcd'
    const env = { CPM_SIGNING_KEY: seed }
    const outputs = [
      await rig.cpm(['publish', rig.package('a@1.0.0'), '--debug'], { env }),
      await rig.cpm(['publish', rig.path('nowhere'), '--debug'], { env }),
      await rig.cpm(['publish', rig.package('a@1.0.0'), '--debug'], { env: { CPM_SIGNING_KEY: `${seed}zz` } }),
      await rig.cpm('key generate'),
      await rig.cpm('key list --json'),
      await rig.cpm('key export'),
    ]
    const keyFile = fs.readdirSync(path.join(rig.home, 'keys')).find((name) => name.endsWith('.json')) ?? ''
    const made = (JSON.parse(rig.read(path.join(rig.home, 'keys', keyFile))) as { seed: string }).seed
    for (const { stdout, stderr } of outputs) {
      for (const secret of [seed, made]) expect(stdout + stderr).not.toContain(secret)
    }
    for (const file of rig.files(rig.registry))
      expect(fs.readFileSync(path.join(rig.registry, file)).includes(seed)).toBe(false)
  })
})
