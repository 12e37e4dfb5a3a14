import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'

/** Creates a project that has `a`, which depends on `b`, from a registry over HTTP. */
async function installed() {
  const rig = await Rig.create()
  await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }], 'b@1.0.0')
  const server = await RegistryServer.open(rig.registry, { api: './' })
  const project = rig.project({ dependencies: { a: '^1.0.0' } })
  const cpm = async (line: string, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await rig.cpm(line, { cwd: project, env: { CPM_REGISTRY: server.url, ...env } })
    expect(code, `${line}: ${stderr}`).toBe(0)
    return { stdout, lines: warnings(stderr) }
  }
  await cpm('install')
  const say = async (...words: string[]) => {
    expect((await rig.cpm(words)).code).toBe(0)
  }
  return {
    rig,
    server,
    project,
    cpm,
    say,
    forgetStore: () => {
      fs.rmSync(rig.store, { recursive: true })
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rig[Symbol.asyncDispose]()
    },
  }
}

const warnings = (stderr: string) => stderr.split('\n').filter((text) => /warning:|hint:/.test(text))

const YANKED = 'warning: a@1.0.0 was yanked: wrong colors; it stays installed because it is locked'
const DEPRECATED = 'warning: b@1.0.0 is deprecated: slow'

describe('a project with a yanked or deprecated version', () => {
  test('B05 gets one warning with a hint for each when installing from the lock', async () => {
    await using place = await installed()
    const { cpm, say, rig, forgetStore } = place
    await rig.publish(['a@1.1.0', { dependencies: { b: '*' } }])
    await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
    await say('deprecate', 'b@1.0.0', '--reason', 'slow', '--replacement', 'fast')
    for (const line of ['install', 'ci', 'install --dry-run']) {
      forgetStore()
      const { lines } = await cpm(line)
      const expected = [YANKED, '  hint: cpm install a@^1.1.0', DEPRECATED, '  hint: use fast instead']
      expect(lines, line).toEqual(expected)
    }
    await cpm('install')
    // Following the hint removes the yanked version.
    const { lines } = await cpm('install a@^1.1.0')
    expect(lines).toEqual([DEPRECATED, '  hint: use fast instead'])
    expect((await cpm('list')).stdout).toContain('a 1.1.0\n')
  })

  test('gets warnings whenever the lock changes, also about unchanged packages', async () => {
    await using place = await installed()
    const { cpm, say, rig } = place
    await rig.publish('c@1.0.0')
    await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
    await say('deprecate', 'b@1.0.0', '--reason', 'slow')
    expect((await cpm('install c')).lines).toEqual([YANKED, DEPRECATED])
    expect((await cpm('uninstall c')).lines).toEqual([YANKED, DEPRECATED])
  })

  test('gets a warning when ci fetches evidence', async () => {
    await using place = await installed()
    const { cpm, say, rig } = place
    await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    expect((await cpm('ci')).lines).toEqual([YANKED])
  })

  test.each(['folder', 'server'])(
    'gets warnings from every command that reads the project, with warm caches, from a %s',
    async (kind) => {
      await using place = await installed()
      const { say, rig, project, server } = place
      const run = (line: string) =>
        rig.cpm(line, { cwd: project, env: { CPM_REGISTRY: kind === 'server' ? server.url : rig.registry } })
      fs.rmSync(path.join(project, 'colony.lock'))
      expect((await run('install')).code).toBe(0)
      await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
      await say('deprecate', 'b@1.0.0', '--reason', 'slow', '--replacement', 'fast')
      const about = { a: [YANKED], b: [DEPRECATED, '  hint: use fast instead'] }
      const both = [...about.a, ...about.b]
      for (const [line, expected, code = 0] of [
        ['install', both],
        ['ci', both],
        ['verify', both],
        ['update b --dry-run', both],
        ['outdated', both, 3],
        ['list', both],
        ['why a', about.a],
        ['why b', about.b],
      ] as const) {
        const ran = await run(line)
        expect([ran.code, warnings(ran.stderr)], line).toEqual([code, expected])
      }
      expect((await run('list')).stdout).toContain('a 1.0.0 (yanked: wrong colors)')
      expect((await run('outdated')).stdout).toContain('b 1.0.0 (deprecated: slow, use fast)')
    },
  )

  test('gets the statuses in the data of --json as well', async () => {
    await using place = await installed()
    const { say, rig, project, server } = place
    await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
    const env = { CPM_REGISTRY: server.url }
    const data = async (line: string) => (await rig.cpm(`${line} --json`, { cwd: project, env })).json.data
    const status = { yanked: true, yankReason: 'wrong colors' }
    for (const line of ['ci', 'install', 'list'])
      expect(await data(line), line).toMatchObject({ packages: [{ name: 'a', status }, { name: 'b' }], unasked: [] })
    for (const line of ['verify', 'outdated'])
      expect(await data(line), line).toMatchObject({ flagged: [{ name: 'a', status }], unasked: [] })
    expect(await data('why a')).toMatchObject({ name: 'a', status })
  })

  test('gets a warning when it runs a workflow of that version, and when it retries the run', async () => {
    await using rig = await Rig.create()
    const files = {
      'bin/say': '#!/bin/sh\nexit 1\n',
      'workflows/main.yaml':
        'kind: Workflow\nfunctions: [{ nodename: say, funcname: say, conditions: { executortype: x } }]\n',
    }
    const functions = [{ executortype: 'x', name: 'say', command: ['bin/say'] }]
    await rig.publish(['w@1.0.0', { files, functions }])
    const project = rig.project({ dependencies: { w: '^1.0.0' } })
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
    expect((await rig.cpm(['yank', 'w@1.0.0', '--reason', 'wrong colors'])).code).toBe(0)
    for (const command of ['submit w --engine local', 'workflow retry']) {
      const { code, stderr } = await rig.cpm(command, { cwd: project })
      expect(code, stderr).toBe(10)
      expect(warnings(stderr).filter((line) => line.startsWith('warning:'))).toEqual([YANKED.replace('a@', 'w@')])
    }
  })

  test('keeps it in an update without alternatives, and otherwise moves off it', async () => {
    await using place = await installed()
    const { cpm, say, rig } = place
    await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
    expect((await cpm('update')).lines).toEqual([YANKED])
    expect((await cpm('update a')).lines).toEqual([YANKED])
    // Of several yanked versions, only those without an alternative stay.
    await rig.publish('b@1.1.0')
    await say('yank', 'b@1.0.0', '--reason', 'slow')
    expect((await cpm('update')).lines).toEqual([YANKED])
    expect((await cpm('list')).stdout).toContain('b 1.1.0')
    await rig.publish(['a@1.1.0', { dependencies: { b: '*' } }])
    expect((await cpm('update')).lines).toEqual([])
  })

  test('gets the last known status and its age when offline or when the registry does not respond', async () => {
    await using place = await installed()
    const { cpm, say, rig, project, server } = place
    await say('yank', 'a@1.0.0', '--reason', 'wrong colors')
    await cpm('list')
    const seen = path.join(
      rig.home,
      'cache',
      (JSON.parse(rig.read('home/registry/config.json')) as { id: string }).id,
      'index',
    )
    const day = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000)
    for (const name of ['a.json', 'b.json']) fs.utimesSync(path.join(seen, name), day, day)
    const notAsked = (reason: string) =>
      expect.stringMatching(
        new RegExp(
          `^warning: could not check ${server.url} for yanked and deprecated versions: ${reason}.*; the last known status is 3 days old`,
        ),
      ) as string
    for (const line of ['list --offline', 'verify --offline', 'install --offline'])
      expect((await cpm(line)).lines, line).toEqual([YANKED, notAsked('--offline was given')])
    await server[Symbol.asyncDispose]()
    const ran = await rig.cpm('ci --json', { cwd: project, env: { CPM_REGISTRY: server.url } })
    expect([ran.code, warnings(ran.stderr)]).toEqual([0, [YANKED, notAsked('127.0.0.1:\\d+ can.t be reached')]])
    expect(ran.json.data).toMatchObject({ unasked: [{ registry: server.url, knownSince: day.toISOString() }] })
  })

  test('sends no more requests than the downloads need', async () => {
    await using place = await installed()
    const { cpm, server } = place
    place.forgetStore()
    server.forget()
    await cpm('ci')
    const paths = server.asked.map(({ url }) => url.replace(/^\/packages\/.*\//, ''))
    expect(paths.sort()).toEqual([
      '/api/v1/envelopes',
      '/config.json',
      '/index/a',
      '/index/b',
      'a-1.0.0.cpm',
      'b-1.0.0.cpm',
    ])
  })
})
