import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseIndex } from '../../src/registry/index-file.ts'
import type { PackageStatement } from '../../src/schema/envelope.ts'
import type { PackageName } from '../../src/schema/name.ts'
import { leftovers } from '../faults/faulty.ts'
import { signed } from '../package/signed.ts'
import { Rig } from '../rig/rig.ts'
import { type RunningServe, serve } from '../rig/serve.ts'
import { Author, formOf, publishTo, type Signed } from './author.ts'

let rig: Rig
let author: Author
let server: RunningServe

beforeAll(async () => {
  author = await Author.create()
  rig = await Rig.create()
  server = await serve(rig)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await author[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

/** Sends a body with any parts, valid or not. */
async function send(parts: readonly [name: string, contents: Buffer | string][], to: RunningServe = server) {
  const form = new FormData()
  for (const [name, contents] of parts)
    form.append(name, typeof contents === 'string' ? contents : new Blob([Buffer.from(contents)]))
  const response = await fetch(`${to.url}/api/v1/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${to.token}` },
    body: form,
  })
  const { error, packages } = (await response.json()) as {
    error?: { code: string; message: string }
    packages?: { outcome: string }[]
  }
  return { status: response.status, code: error?.code, message: error?.message ?? '', packages }
}

const partsOf = ({ envelope, owners, archive }: Signed): [string, Buffer | string][] => [
  ['envelope', envelope],
  ['owners', owners.toString()],
  ['archive', archive],
]

async function sign(...ids: Parameters<Author['sign']>): Promise<[Signed, ...Signed[]]> {
  return (await author.sign(...ids)) as [Signed, ...Signed[]]
}

function isThere(name: string): boolean {
  return fs.existsSync(path.join(rig.registry, 'index', name))
}

describe('publishing', () => {
  test('several packages at once makes them all visible, and cpm can install them', async () => {
    const packages = await sign(['one@1.0.0', { dependencies: { two: '^1.0.0' } }], '@org/two@1.0.0', 'two@1.0.0')
    const { status, body } = await publishTo(server, packages)
    expect([status, body.packages?.map(({ outcome }) => outcome)]).toEqual([
      201,
      ['published', 'published', 'published'],
    ])
    const project = rig.project({ dependencies: { one: '*', '@org/two': '*' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect((await rig.cpm('verify', { cwd: project })).code).toBe(0)
  })

  test('E15 the same package again changes nothing (200); other contents for its version are rejected (409)', async () => {
    const [first] = await sign('same@1.0.0')
    await publishTo(server, [first])
    const files = [
      'index/same',
      'keys/same',
      'packages/same/1.0.0/same-1.0.0.cpm',
      'packages/same/1.0.0/same-1.0.0.dsse',
    ]
    const bytes = () => files.map((file) => fs.readFileSync(path.join(rig.registry, file), 'hex'))
    const before = bytes()
    const again = await publishTo(server, [first])
    expect([again.status, again.body.packages?.[0]?.outcome]).toEqual([200, 'unchanged'])
    await using other = await Author.create()
    const keys = path.join(author.rig.home, 'keys')
    fs.cpSync(keys, path.join(other.rig.home, 'keys'), { recursive: true })
    const [changed] = (await other.sign(['same@1.0.0', { files: { other: 'contents' } }])) as [Signed]
    const refused = await publishTo(server, [changed])
    expect([refused.status, refused.body.error?.code]).toEqual([409, 'VERSION_EXISTS'])
    expect(bytes()).toEqual(before)
  })

  test('E15 fixes the digests of a version: changes of status never alter them', async () => {
    const [first] = await sign('steady@1.0.0')
    await publishTo(server, [first])
    const record = () =>
      parseIndex('steady' as PackageName, fs.readFileSync(path.join(rig.registry, 'index/steady'))).releases.get(
        first.version,
      )
    const before = record()
    const patch = async (body: unknown) =>
      (
        await fetch(`${server.url}/api/v1/packages/steady/1.0.0`, {
          method: 'PATCH',
          headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).status
    expect(await patch({ type: 'yank', reason: 'broken' })).toBe(200)
    expect(await patch({ type: 'deprecate', reason: 'old', replacement: 'steady@2' })).toBe(200)
    expect(await patch({ type: 'unyank' })).toBe(200)
    for (const field of ['tree', 'envelope', 'archiveSize', 'size', 'owners', 'publishedAt', 'version', 'name', 'v'])
      expect(await patch({ type: 'yank', [field]: 'x' }), field).toBe(400)
    expect(record()).toEqual(before)
    expect(
      fs.readFileSync(path.join(rig.registry, 'packages/steady/1.0.0/steady-1.0.0.dsse')).equals(first.envelope),
    ).toBe(true)
  })

  test('C12 an archive requires that it matches every digest in its envelope', async () => {
    const [good, other] = await sign('digests@1.0.0', ['others@1.0.0', { files: { x: 'y'.repeat(100) } }])
    const flipped = Buffer.from(good.archive)
    flipped[20] = (flipped[20] ?? 0) ^ 1
    for (const archive of [flipped, good.archive.subarray(0, -1), other?.archive ?? flipped]) {
      const { status, code } = await send(partsOf({ ...good, archive }))
      expect([status, code]).toEqual([
        422,
        expect.stringMatching(/^(?:DIGEST_MISMATCH|ARCHIVE_INVALID|ENVELOPE_INVALID)$/),
      ])
    }
    const unsigned = Buffer.from(
      good.envelope.toString().replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`),
    )
    expect((await send(partsOf({ ...good, envelope: unsigned }))).code).toBe('SIGNATURE_INVALID')
    expect(isThere('digests')).toBe(false)
  })

  test('with a key that is not an owner is rejected, whatever the token allows', async () => {
    const [mine] = await sign('owned@1.0.0')
    await publishTo(server, [mine])
    await using stranger = await Author.create()
    const [theirs] = (await stranger.sign('owned@1.1.0')) as [Signed]
    const { status, code } = await send(partsOf(theirs))
    expect([status, code]).toEqual([403, 'OWNER_MISMATCH'])
    const [again] = (await stranger.sign(['owned@1.0.0', { files: { other: 'contents' } }])) as [Signed]
    // Not VERSION_EXISTS: a stranger doesn't learn which versions exist.
    expect((await send(partsOf(again))).code).toBe('OWNER_MISMATCH')
  })

  test.each([
    ["with somebody else's keys", (_fresh: Signed, { owners }: Signed) => owners],
    ['for another name', (_fresh: Signed, _theirs: Signed, { owners }: Signed) => owners],
    [
      'with a broken signature',
      ({ owners }: Signed) =>
        owners.toString().replace(/"sig":"(.)/, (_, c: string) => `"sig":"${c === 'A' ? 'B' : 'A'}`),
    ],
    ['repeated twice', ({ owners }: Signed) => `${owners.toString()}\n${owners.toString()}`],
    ['that is empty', () => ''],
    ['that is a line break', () => '\n'],
  ])('under a new name with a record of owners %s is rejected', async (_what, ownersOf) => {
    const [fresh, other] = (await author.sign('fresh@1.0.0', 'another@1.0.0')) as [Signed, Signed]
    await using stranger = await Author.create()
    const [theirs] = (await stranger.sign('fresh@1.0.0')) as [Signed]
    const { status, code } = await send(partsOf({ ...fresh, owners: ownersOf(fresh, theirs, other) as Buffer }))
    expect([status, code]).toEqual([403, 'OWNER_MISMATCH'])
    expect([isThere('fresh'), fs.existsSync(path.join(rig.registry, 'keys/fresh'))]).toEqual([false, false])
  })

  test('several packages publishes none of them if one is rejected', async () => {
    const [good, bad] = await sign('good@1.0.0', 'bad@1.0.0')
    if (!bad) throw new Error('not signed')
    const { code } = await send([...partsOf(good), ...partsOf({ ...bad, archive: good.archive })])
    expect(code).toBeDefined()
    expect([isThere('good'), isThere('bad')]).toEqual([false, false])
    expect((await send([...partsOf(good), ...partsOf(good)])).code).toBe('USAGE')
    expect(isThere('good')).toBe(false)
  })

  test('a name that the token does not cover is rejected before its archive is read', async () => {
    const made = (
      await rig.cpm(['serve', 'token', 'create', '--json', '--scope', 'publish', '--packages', 'allowed-*'])
    ).json.data as { token: string }
    const packages = await sign('allowed-a@1.0.0', 'forbidden@1.0.0')
    const one = await publishTo({ ...server, token: made.token }, packages.slice(0, 1))
    const both = await publishTo({ ...server, token: made.token }, packages)
    expect([one.status, both.status, both.body.error?.code]).toEqual([201, 403, 'AUTH_FORBIDDEN'])
    expect(isThere('forbidden')).toBe(false)
  })

  test.each([
    ['nothing', (): [string, Buffer | string][] => []],
    ['an archive first', (s: Signed) => partsOf(s).reverse()],
    ['no owners', (s: Signed) => partsOf(s).filter(([name]) => name !== 'owners')],
    ['no archive', (s: Signed) => partsOf(s).slice(0, 2)],
    ['two envelopes', (s: Signed) => [...partsOf(s).slice(0, 1), ...partsOf(s)]],
    ['a part of another name', (s: Signed): [string, Buffer | string][] => [['tree', 'x'], ...partsOf(s)]],
    ['a part named like a prototype', (s: Signed): [string, Buffer | string][] => [['__proto__', 'x'], ...partsOf(s)]],
  ])('%s is rejected as an invalid request', async (_what, change) => {
    const [signed] = await sign('parts@1.0.0')
    const { status, code } = await send(change(signed))
    expect([status, code]).toEqual([400, 'REQUEST_INVALID'])
    expect(isThere('parts')).toBe(false)
  })

  test('E17 rejects an archive longer than its envelope says, and envelopes and owners over their limits', async () => {
    const [signed] = await sign('sized@1.0.0')
    const longer = await send(partsOf({ ...signed, archive: Buffer.concat([signed.archive, Buffer.alloc(1)]) }))
    expect([longer.status, longer.code, longer.message]).toEqual([
      422,
      'DIGEST_MISMATCH',
      expect.stringContaining('longer'),
    ])
    const envelope = await send(partsOf({ ...signed, envelope: Buffer.alloc(300 * 1024, 'x') }))
    expect([envelope.status, envelope.code]).toEqual([413, 'REQUEST_TOO_LARGE'])
    const owners = await send(partsOf({ ...signed, owners: Buffer.alloc(20 * 1024, 'x') }))
    expect([owners.status, owners.code]).toEqual([413, 'REQUEST_TOO_LARGE'])
    expect(isThere('sized')).toBe(false)
  })

  test('E17 rejects envelopes with archives over the limit, alone or in total, and too many packages', async () => {
    const [good] = await sign('vast@1.0.0')
    const { payload } = JSON.parse(good.envelope.toString()) as { payload: string }
    const promising = (size: number): [string, Buffer | string][] => {
      const statement = JSON.parse(Buffer.from(payload, 'base64').toString()) as PackageStatement
      for (const archive of statement.predicate.archives) Object.assign(archive, { size })
      return partsOf({ ...good, envelope: signed(statement), archive: Buffer.from('x') })
    }
    const MiB = 1024 * 1024
    const one = await send(promising(512 * MiB + 1))
    expect([one.status, one.code]).toEqual([413, 'ARCHIVE_TOO_LARGE'])
    const together = await send(Array.from({ length: 5 }, () => promising(500 * MiB)).flat())
    expect([together.status, together.code, together.message]).toEqual([
      413,
      'REQUEST_TOO_LARGE',
      expect.stringContaining('in total'),
    ])
    const many = await send(Array.from({ length: 513 }, () => promising(1)).flat())
    expect([many.status, many.code, many.message]).toEqual([
      413,
      'REQUEST_TOO_LARGE',
      expect.stringContaining('512 packages'),
    ])
    expect(isThere('vast')).toBe(false)
  })

  test('leaves nothing behind after a rejection', () => {
    expect(leftovers(rig.registry)).toEqual([])
  })
})

describe('many publishers at once', () => {
  test('on one name, over HTTP and in the folder, lose nothing, and readers never see a partial release', async () => {
    const versions = Array.from({ length: 8 }, (_, n) => `1.${n}.0`)
    const packages = await sign(
      ...versions.map((version): [string, { files: Record<string, string> }] => [
        `busy@${version}`,
        { files: { 'data.txt': version.repeat(500) } },
      ]),
    )
    await publishTo(server, packages.slice(0, 1))
    // Other packages, published to the folder by another process.
    const folders = versions.map((version) => rig.package(`folder-${version.replaceAll('.', '-')}@1.0.0`))
    const state = { done: false, reads: 0 }
    const reader = async () => {
      while (!state.done) {
        const index = await (await fetch(`${server.url}/index/busy`)).arrayBuffer()
        const { releases } = parseIndex('busy' as PackageName, new Uint8Array(index))
        for (const record of releases.values()) {
          const file = `${server.url}/packages/busy/${record.version}/busy-${record.version}`
          const [archive, envelope] = await Promise.all([fetch(`${file}.cpm`), fetch(`${file}.dsse`)])
          expect([archive.status, envelope.status]).toEqual([200, 200])
          expect((await archive.arrayBuffer()).byteLength).toBe(record.archiveSize)
          await envelope.arrayBuffer()
          state.reads++
        }
      }
    }
    const readers = [reader(), reader()]
    const outcomes = await Promise.all([
      ...packages.map(async (signed) => (await publishTo(server, [signed])).status),
      rig.cpm(['publish', ...folders]).then(({ code }) => (code === 0 ? 201 : 500)),
    ])
    state.done = true
    await Promise.all(readers)
    expect(outcomes).toEqual([200, ...Array.from({ length: 8 }, () => 201)])
    expect(state.reads).toBeGreaterThan(0)
    const lines = fs.readFileSync(path.join(rig.registry, 'index/busy'), 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(8)
    expect(leftovers(rig.registry)).toEqual([])
  })

  test('E17 get 503 for the ninth upload of a token, while reads are answered', async () => {
    const bodies = Array.from({ length: 8 }, () => {
      let close: () => void = () => undefined
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(
            Buffer.from('--x\r\ncontent-disposition: form-data; name="envelope"; filename="e"\r\n\r\n{'),
          )
          close = () => {
            controller.close()
          }
        },
      })
      return { body, close }
    })
    const pending = bodies.map(({ body }) =>
      fetch(`${server.url}/api/v1/publish`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'multipart/form-data; boundary=x' },
        body,
        duplex: 'half',
      }),
    )
    const [extra] = await sign('extra@1.0.0')
    // All eight have started once the ninth is rejected.
    let ninth = await publishTo(server, [extra])
    for (let tries = 0; tries < 200 && ninth.status !== 503; tries++) ninth = await publishTo(server, [extra])
    expect([ninth.status, ninth.body.error?.code]).toEqual([503, 'REGISTRY_BUSY'])
    for (let i = 0; i < 50; i++) expect((await fetch(`${server.url}/index/busy`)).status).toBe(200)
    for (const { close } of bodies) close()
    for (const response of await Promise.all(pending))
      expect([response.status, response.headers.get('content-type')]).toEqual([400, expect.stringContaining('json')])
    expect((await publishTo(server, [extra])).status).toBeLessThan(300)
  })
})

test('a body that is not valid multipart is rejected', async () => {
  const response = await fetch(`${server.url}/api/v1/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'multipart/form-data' },
    body: 'x',
  })
  expect(response.status).toBe(400)
  expect(formOf([])).toBeInstanceOf(FormData)
})
