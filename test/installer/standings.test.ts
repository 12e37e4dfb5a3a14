import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { RegistryServer } from '../rig/registry-server.ts'

/** A project that has `a`, which needs `b`, from a registry over HTTP; and the registry’s own words about them. */
async function installed() {
  const rig = await Rig.create()
  await rig.publish(['a@1.0.0', { dependencies: { b: '*' } }], 'b@1.0.0')
  const server = await RegistryServer.open(rig.registry, { api: './' })
  const project = rig.project({ dependencies: { a: '^1.0.0' } })
  const cpm = async (line: string, env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await rig.cpm(line, { cwd: project, env: { CPM_REGISTRY: server.url, ...env } })
    expect(code, `${line}: ${stderr}`).toBe(0)
    return { stdout, lines: stderr.split('\n').filter((text) => /warning:|hint:/.test(text)) }
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

const YANKED = 'warning: a@1.0.0 was yanked: wrong colours; it stays installed since the lock has it'
const DEPRECATED = 'warning: b@1.0.0 is deprecated: slow'

describe('who has a version that was yanked or deprecated', () => {
  test('is told when it is downloaded by the lock, once each, with what to do', async () => {
    await using place = await installed()
    const { cpm, say, rig, forgetStore } = place
    await rig.publish(['a@1.1.0', { dependencies: { b: '*' } }])
    await say('yank', 'a@1.0.0', '--reason', 'wrong colours')
    await say('deprecate', 'b@1.0.0', '--reason', 'slow', '--replacement', 'fast')
    for (const line of ['install', 'ci', 'install --dry-run']) {
      forgetStore()
      const { lines } = await cpm(line)
      // What is not downloaded is not asked about: a dry run has nothing to say.
      const expected = [YANKED, '  hint: cpm install a@^1.1.0', DEPRECATED, '  hint: use fast instead']
      expect(lines, line).toEqual(line === 'install --dry-run' ? [] : expected)
    }
    await cpm('install')
    // What the hint says gets rid of it.
    const { lines } = await cpm('install a@^1.1.0')
    expect(lines).toEqual([DEPRECATED, '  hint: use fast instead'])
    expect((await cpm('list')).stdout).toContain('a 1.1.0\n')
  })

  test('is told whenever the lock is made anew, also of what stays', async () => {
    await using place = await installed()
    const { cpm, say, rig } = place
    await rig.publish('c@1.0.0')
    await say('yank', 'a@1.0.0', '--reason', 'wrong colours')
    await say('deprecate', 'b@1.0.0', '--reason', 'slow')
    expect((await cpm('install c')).lines).toEqual([YANKED, DEPRECATED])
    expect((await cpm('uninstall c')).lines).toEqual([YANKED, DEPRECATED])
  })

  test('is told when a pipeline asks for evidence', async () => {
    await using place = await installed()
    const { cpm, say, rig } = place
    await say('yank', 'a@1.0.0', '--reason', 'wrong colours')
    fs.rmSync(path.join(rig.home, 'cache'), { recursive: true })
    expect((await cpm('ci')).lines).toEqual([YANKED])
  })

  test('costs no request where nothing has to be asked, and list says what is known', async () => {
    await using place = await installed()
    const { cpm, say, server } = place
    await say('yank', 'a@1.0.0')
    server.forget()
    for (const line of ['install', 'ci']) expect((await cpm(line)).lines, line).toEqual([])
    expect(server.asked).toEqual([])
    expect((await cpm('list')).stdout).not.toContain('yanked')
    place.forgetStore()
    await cpm('ci')
    expect((await cpm('list', { CPM_REGISTRY: 'http://127.0.0.1:1' })).stdout).toContain('a 1.0.0 (yanked)')
  })

  test('asks no more than the downloads need', async () => {
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
