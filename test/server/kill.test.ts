import fs from 'node:fs'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { mapConcurrently } from '../../src/core/concurrency.ts'
import { parseIndex } from '../../src/registry/index-file.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from '../../src/registry/layout.ts'
import { faultEnv, leftovers, spread } from '../faults/faulty.ts'
import { Rig } from '../rig/rig.ts'
import { serve, serveProcess } from '../rig/serve.ts'
import { Author, publishTo, type Signed } from './author.ts'

/** CPM_SWEEP=all kills the server at every change; the default keeps the run short. */
const MOST = process.env.CPM_SWEEP === 'all' ? Infinity : 13
const LANES = 2

// The whole sweep takes a quarter of an hour on an idle machine, and several times that on a shared one.
vi.setConfig({ testTimeout: MOST === Infinity ? 7_200_000 : 1_200_000 })

/** Makes a rig with a copy of another rig's registry, including tokens. */
async function copyOf(template: Rig): Promise<Rig> {
  const rig = await Rig.create()
  fs.cpSync(template.registry, rig.registry, { recursive: true })
  return rig
}

/** Returns whether a package exists, and checks that it is complete if so. */
function isWhole(rig: Rig, { name, version, archive, envelope }: Signed): boolean {
  const at = (key: string) => path.join(rig.registry, key)
  if (!fs.existsSync(at(indexKey(name)))) return false
  const { releases } = parseIndex(name, fs.readFileSync(at(indexKey(name))))
  if (!releases.has(version)) return false
  expect.soft(fs.readFileSync(at(archiveKey(name, version))).equals(archive)).toBe(true)
  expect.soft(fs.readFileSync(at(envelopeKey(name, version))).equals(envelope)).toBe(true)
  expect.soft(fs.readFileSync(at(ownersKey(name)), 'utf8')).toContain('\n')
  return true
}

test('E18 a server that is killed at any change of the file system leaves every package complete or absent', async () => {
  await using author = await Author.create()
  await using template = await Rig.create()
  const ids = [
    'one',
    'two',
    'three',
    '@org/four',
    '@org/five',
    'six',
    'seven',
    'eight',
    'nine',
    'ten',
    'eleven',
    'twelve',
  ]
  const packages = await author.sign(
    ...ids.map((name): [string, { files: Record<string, string> }] => [
      `${name}@1.0.0`,
      { files: { 'data.txt': name.repeat(3000) } },
    ]),
  )
  const [other] = (await author.sign('other@1.0.0')) as [Signed]
  let token = ''
  {
    await using server = await serve(template)
    token = server.token
  }
  const counting = await copyOf(template)
  const log = counting.path('changes')
  fs.writeFileSync(log, '')
  let last = 0
  {
    await using _ = counting
    await using server = await serveProcess(counting, { env: faultEnv(`count:${log}`) })
    expect((await publishTo({ ...server, token }, packages)).status).toBe(201)
    last = fs.readFileSync(log, 'utf8').split('\n').length - 1
  }
  expect(last).toBeGreaterThan(100)

  const points = spread(last, MOST, MOST === Infinity ? 0 : 8)
  const outcomes = { nothing: 0, some: 0, all: 0 }
  await mapConcurrently(points, LANES, async (k) => {
    await using rig = await copyOf(template)
    {
      await using server = await serveProcess(rig, { env: faultEnv(`kill:${k}`) })
      const sent = await publishTo({ ...server, token }, packages).catch(() => undefined)
      // The kill may hit the cleanup after the response.
      if (sent) expect.soft(sent.status, `kill at ${k}`).toBe(201)
      expect.soft((await server.ended).signal, `kill at ${k}`).toBe('SIGKILL')
    }
    const before = packages.filter((signed) => isWhole(rig, signed)).length
    await using server = await serve(rig)
    // The next server has completed what was sealed and removed the rest.
    const after = packages.filter((signed) => isWhole(rig, signed)).length
    expect.soft([0, packages.length], `after kill at ${k}`).toContain(after)
    expect.soft(after, `after kill at ${k}`).toBeGreaterThanOrEqual(before)
    outcomes[before === 0 ? 'nothing' : before === packages.length ? 'all' : 'some']++
    for (const { name } of packages) {
      const { status } = await fetch(`${server.url}/index/${name}`)
      expect.soft(status, `${name} after kill at ${k}`).toBe(after === 0 ? 404 : 200)
    }
    expect.soft((await publishTo({ ...server, token }, [other])).status, `another after kill at ${k}`).toBe(201)
    const again = await publishTo({ ...server, token }, packages)
    expect.soft(again.status, `again after kill at ${k}`).toBe(after === 0 ? 201 : 200)
    for (const { name } of packages) {
      const lines = fs
        .readFileSync(path.join(rig.registry, indexKey(name)), 'utf8')
        .trimEnd()
        .split('\n')
      expect.soft(lines.length, `index of ${name} after kill at ${k}`).toBe(1)
    }
    expect.soft(leftovers(rig.registry), `after kill at ${k}`).toEqual([])
  })
  console.log(`killed at ${points.length} of ${last} changes: ${JSON.stringify(outcomes)}`)
  expect(outcomes.nothing).toBeGreaterThan(0)
  expect(outcomes.some).toBeGreaterThan(0)
})
