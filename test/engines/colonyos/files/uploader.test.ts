import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { errorOf } from '../../../workflow/rig.ts'
import { FILES, type Files, Yard } from './harness.ts'

let yard: Yard
beforeAll(async () => {
  yard = await Yard.open()
})
beforeEach(() => {
  yard.clear()
})
afterAll(() => yard[Symbol.asyncDispose]())

const asBytes = (files: Files) =>
  Object.fromEntries(Object.entries(files).map(([name, contents]) => [name, Buffer.from(contents).toString('base64')]))

/** What an executor should have in the folder of a package. */
function expectWhole(snapshot: string, files: Files = FILES): void {
  const { 'tree.txt': table, ...found } = yard.read(snapshot)
  const wanted = Object.fromEntries(Object.entries(files).map(([name, contents]) => [`thumbs/${name}`, contents]))
  expect(asBytes(found)).toEqual(asBytes(wanted))
  expect(table?.toString()).toMatch(/^cpm-file-table-1\n(?:644|755) /)
}

const count = (type: string) => yard.colony.count(type)
/** Everything that members can read, as they read it. */
const said = () =>
  yard.colony.bodies
    .map((body) => Buffer.from((JSON.parse(body) as { payload: string }).payload, 'base64').toString())
    .join('\n')

describe('an upload', () => {
  test('puts every byte where an executor finds it, including folders and empty files', async () => {
    const snapshot = await yard.send()
    expectWhole(snapshot)
    const [file] = yard.colony.fs.revisions(`${yard.upload.label}/thumbs/bin`, 'run.mjs')
    expect(file).toMatchObject({
      size: 20,
      checksum: createHash('sha256').update('#!/usr/bin/env node\n').digest('hex'),
      checksumalg: 'SHA256',
      ref: {
        protocol: 's3',
        s3object: { server: yard.s3.endpoint, port: -1, tls: false, bucket: yard.s3.bucket, encryptionalg: '' },
      },
    })
    expect(yard.events.at(-1)).toEqual({ type: 'uploaded', name: 'thumbs', version: '1.0.0', done: 6, total: 6 })
  })

  test('exposes no key to readers, neither in file references nor anywhere else', async () => {
    const env = { AWS_S3_ACCESSKEY: 'S3RVER' }
    await yard.send({ env })
    expect(said()).toContain('"accesskey":"","secretkey":""')
    expect(said()).not.toContain('S3RVER')
  })

  test('sends nothing the second time', async () => {
    const first = await yard.send()
    const before = [yard.s3.puts, count('addfilemsg'), count('createsnapshotmsg')]
    expect(await yard.send()).toBe(first)
    expect([yard.s3.puts, count('addfilemsg'), count('createsnapshotmsg')]).toEqual(before)
    expect(before).toEqual([6, 7, 1]) // two files share one object
  })

  test('stores all bytes before it adds any file, and the table last', async () => {
    const puts: number[] = []
    yard.colony.beforeRequest = (type) => {
      if (type === 'addfilemsg') puts.push(yard.s3.puts)
    }
    await yard.send()
    expect(new Set(puts)).toEqual(new Set([6]))
    expect(yard.colony.fs.files.at(-1)?.name).toBe('tree.txt')
  })

  test('that was killed at any step is finished by the next one, without dangling references', async () => {
    await using one = await Yard.open({ 'colony.yaml': 'name: thumbs', 'lib/x': 'x' })
    let wasKilled = true
    let at = 0
    while (wasKilled) {
      at++
      one.colony.fs.clear()
      one.s3.clear()
      const kill = new AbortController()
      let steps = 0
      const step = () => {
        if (++steps === at) kill.abort()
      }
      one.colony.beforeRequest = step
      one.s3.fault = () => (step(), undefined)
      wasKilled = await one.send({ signal: kill.signal }).then(
        () => false,
        () => kill.signal.aborted,
      )
      await one.colony.idle()
      one.colony.beforeRequest = () => undefined
      one.s3.fault = () => undefined
      const unstored = one.colony.fs.files.filter(({ ref }) => !one.s3.object(String(ref.s3object.object)))
      expect([at, unstored]).toEqual([at, []])
      expect([at, Object.keys(one.read(await one.send())).length]).toEqual([at, 3])
    }
    expect(at).toBeGreaterThan(14)
  })

  test('can run twice at the same time', async () => {
    const snapshots = await Promise.all([yard.send(), yard.send(), yard.send()])
    for (const snapshot of snapshots) expectWhole(snapshot)
    expectWhole(await yard.send())
  })

  test('uploads objects again that were lost from the bucket', async () => {
    await yard.send()
    const key = String(yard.colony.fs.files[0]?.ref.s3object.object)
    yard.s3.remove(key)
    expectWhole(await yard.send())
    expect(yard.s3.object(key)).toBeDefined()
  })

  test.each(['half', 'another name'])(
    'uploads again an object that another holder of a bucket key replaced: %s',
    async (by) => {
      await yard.send()
      const [file] = yard.colony.fs.revisions(`${yard.upload.label}/thumbs/lib`, 'note')
      const key = String(file?.ref.s3object.object)
      yard.s3.replace(key, Buffer.from(by))
      expectWhole(await yard.send())
      expect(yard.s3.object(key)?.toString()).toBe('as packaged!')
    },
  )

  test('names the current S3 if the files were last in another', async () => {
    const first = await yard.send()
    const [newest] = yard.colony.fs.revisions(yard.upload.label, 'tree.txt')
    if (!newest) throw new Error('no table')
    const s3object = { ...newest.ref.s3object, server: 'elsewhere.example' }
    yard.colony.fs.add({ ...newest, ref: { protocol: 's3', s3object } })
    const second = await yard.send()
    expect(second).not.toBe(first)
    expect(yard.colony.fs.revisions(yard.upload.label, 'tree.txt')[0]?.ref.s3object.server).toBe(yard.s3.endpoint)
    expectWhole(second)
  })
})

describe('a label with unexpected contents', () => {
  const added = (change: (label: string) => Parameters<Yard['colony']['fs']['add']>[0]) =>
    yard.colony.fs.add(change(yard.upload.label))
  const file = (label: string, name: string) => {
    const object = { object: 'theirs', server: '', bucket: '' }
    const ref = { protocol: 's3', s3object: object }
    return { colonyname: 'dev', label, name, size: 1, checksum: 'c'.repeat(64), checksumalg: 'SHA256', ref }
  }
  const revision = () => {
    const [one] = yard.colony.fs.revisions(`${yard.upload.label}/thumbs/bin`, 'run.mjs')
    if (!one) throw new Error('not uploaded')
    return one
  }

  test.each([
    [
      'an extra file',
      () => added((label) => file(`${label}/thumbs`, 'extra')),
      /thumbs\/extra is not one of its files/,
    ],
    [
      'a folder more',
      () => added((label) => file(`${label}/thumbs/x/y`, 'z')),
      /thumbs\/x\/y\/z is not one of its files/,
    ],
    ['a file next to the table', () => added((label) => file(label, 'tree')), /\/tree is not one of its files/],
    [
      'other contents',
      () => yard.colony.fs.add({ ...revision(), checksum: 'd'.repeat(64) }),
      /run.mjs has different content/,
    ],
    ['another size', () => yard.colony.fs.add({ ...revision(), size: 21 }), /run.mjs has different content/],
    [
      'the right digest with another object',
      () => {
        const { ref, ...rest } = revision()
        yard.colony.fs.add({ ...rest, ref: { ...ref, s3object: { ...ref.s3object, object: 'theirs' } } })
      },
      /run.mjs has different content/,
    ],
  ])('is refused before a byte is sent: %s', async (_, write, message) => {
    await yard.send()
    write()
    const before = [yard.s3.requests.length, count('addfilemsg'), count('createsnapshotmsg')]
    const error = await errorOf(() => yard.send())
    expect([error.code, error.exitCode]).toEqual(['COLONYFS_MISMATCH', 5])
    expect(error.message).toMatch(message)
    expect(error.hint).toContain(`colonies fs label remove --label ${yard.upload.label}`)
    expect([yard.s3.requests.length, count('addfilemsg'), count('createsnapshotmsg')]).toEqual(before)
  })

  test('is refused if something was added at the last moment and got pinned', async () => {
    yard.colony.beforeRequest = (type) => {
      if (type === 'createsnapshotmsg') added((label) => file(`${label}/thumbs`, 'extra'))
    }
    const error = await errorOf(() => yard.send())
    expect([error.code, error.message]).toEqual([
      'COLONYFS_MISMATCH',
      expect.stringContaining('thumbs/extra') as string,
    ])
  })

  test('is refused if one of its files was replaced at the last moment', async () => {
    yard.colony.beforeRequest = (type) => {
      if (type === 'createsnapshotmsg') yard.colony.fs.add({ ...revision(), checksum: 'd'.repeat(64) })
    }
    const error = await errorOf(() => yard.send())
    expect([error.code, error.message]).toEqual([
      'COLONYFS_MISMATCH',
      expect.stringMatching(/run.mjs is not one of its files(?:.|\n)*run.mjs is not in its snapshot/) as string,
    ])
  })

  test('does not affect runs that refer to an earlier snapshot', async () => {
    const snapshot = await yard.send()
    yard.colony.fs.add({ ...revision(), checksum: 'd'.repeat(64) })
    added((label) => file(`${label}/thumbs`, 'extra'))
    expectWhole(snapshot)
  })

  test('works again after it was removed', async () => {
    const first = await yard.send()
    added((label) => file(`${label}/thumbs`, 'extra'))
    await errorOf(() => yard.send())
    yard.colony.fs.files = []
    const second = await yard.send()
    expect(second).not.toBe(first)
    expectWhole(second)
  })

  test("a label that merely starts with its name doesn't count", async () => {
    added((label) => file(`${label}0`, 'x'))
    expectWhole(await yard.send())
  })
})

describe('the files on this machine', () => {
  test.each([
    ['bin/run.mjs', '#!/usr/bin/env evil\n'],
    ['lib/more', 'evil'],
  ])('are refused if they do not match the tree: %s', async (name, text) => {
    const file = path.join(yard.root, name)
    fs.writeFileSync(file, text)
    await expect(yard.send()).rejects.toThrow('not proven')
    expect([yard.s3.requests, yard.colony.requests]).toEqual([[], []])
    fs.rmSync(file)
  })

  test('are sent only as they were verified', async () => {
    const planned = await yard.uploader().plan(yard.upload)
    fs.writeFileSync(path.join(yard.root, 'bin/run.mjs'), '#!/usr/bin/env evil\n')
    const error = await errorOf(() => planned.send())
    expect([error.code, error.message]).toEqual([
      'PACKAGE_DAMAGED',
      'bin/run.mjs was changed while it was being uploaded',
    ])
    for (const { ref } of yard.colony.fs.files) expect(ref).toBeUndefined() // nothing refers to anything
    expect(yard.s3.objects().some((bytes) => bytes.includes('evil'))).toBe(false)
  })

  test('are sent a few at a time, even sixty files and a large one', async () => {
    const small = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`data/${i}.txt`, String(i)]))
    const files = { ...small, 'large.bin': Buffer.alloc(3 * 1024 * 1024 + 7, 'x') }
    await using many = await Yard.open(files)
    const { 'tree.txt': _, ...found } = many.read(await many.send())
    expect(asBytes(found)).toEqual(asBytes(Object.fromEntries(Object.entries(files).map(([name, contents]) => [`thumbs/${name}`, contents])))) // prettier-ignore
    expect(many.s3.mostAtOnce).toBeGreaterThan(1)
    expect(many.s3.mostAtOnce).toBeLessThanOrEqual(8)
  })
})
