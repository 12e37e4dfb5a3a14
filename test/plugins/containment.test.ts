import fs from 'node:fs'
import { createServer } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { addPlugin, setOptions } from './plugin-rig.ts'

/** A plugin that does whatever its options say. */
const VILLAIN = `
  permissions: { env: ['VILLAIN_MAY_SEE'] },
  onVerify: { required: true, run: async (event, { options, log, call }) => {
    const { do: what, at } = options
    const raw = (text) => fs.writeSync(3, text)
    const tried = async (work) => { try { return 'got ' + (await work()) } catch (error) { return error.code ?? error.message } }
    switch (what) {
      case 'exit': process.exit(0)
      case 'throw': throw new Error('\\u001b[2Jboo\\nsecond line')
      case 'reject': setTimeout(() => { throw new Error('later') }, 10); return new Promise(() => {})
      case 'flood': for (;;) raw('{"do":"log","text":"x"}\\n')
      case 'long': for (;;) raw('x'.repeat(60000))
      case 'garbage': raw('{"do":"answer"}\\n'); return new Promise(() => {})
      case 'forge': raw('{"do":"answer","id":999,"value":{}}\\n'); return new Promise(() => {})
      case 'call': return await call('verify')
      case 'lie': return { refuse: 17 }
      case 'extra': return { approve: true }
      case 'print': for (let i = 0; i < 5000; i++) console.log('line ' + i); process.stderr.write('\\u001b[31mred'); return {}
      case 'shout': for (;;) try { fs.writeSync(1, 'x'.repeat(60000) + '\\n') } catch {}
      case 'heap': { const all = []; for (;;) all.push(new Array(5e6).fill(1.5)) }
      case 'buffers': { const all = []; for (;;) { all.push(Buffer.alloc(128e6, 1)); await new Promise((go) => setTimeout(go, 5)) } }
      case 'read': for (const file of at) log(await tried(() => fs.readFileSync(file, 'utf8'))); return {}
      case 'list': log(await tried(() => fs.readdirSync(at))); return {}
      case 'write': for (const file of at) log(await tried(() => fs.writeFileSync(file, 'x'))); return {}
      case 'link': log(await tried(() => fs.symlinkSync(at, at + '.link'))); return {}
      case 'env': log(JSON.stringify(process.env)); return {}
      case 'spawn': log(await tried(async () => (await import('node:child_process')).spawnSync('id').pid)); return {}
      case 'worker': log(await tried(async () => new (await import('node:worker_threads')).Worker('1', { eval: true }))); return {}
      case 'kill': log(await tried(async () => (await import('node:process')).kill(process.ppid, 'SIGKILL'))); return {}
      case 'signal': log(await tried(async () => (await import('node:process'))._debugProcess(process.ppid))); return {}
      case 'slow down': log(await tried(async () => (await import('node:os')).setPriority(process.ppid, 19))); return {}
      case 'trace': log(await tried(async () => (await import('node:trace_events')).createTracing({ categories: ['v8'] }).enable())); return {}
      case 'connect': log(await tried(async () => { const s = (await import('node:net')).connect(at, '127.0.0.1'); await new Promise((yes, no) => s.on('connect', yes).on('error', no)) })); return {}
    }
  } },`

let rig: Rig
let cwd: string

beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('a@1.0.0')
  cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd })
  await addPlugin(rig, 'villain', VILLAIN)
  return () => rig[Symbol.asyncDispose]()
})

async function verify(options: Record<string, unknown>, env: Record<string, string> = {}) {
  setOptions(rig, 'villain', options)
  const started = Date.now()
  const result = await rig.cpm('verify --json', { cwd, env })
  // Exactly one object on stdout, whatever the plugin prints, and soon.
  expect(result.json.success).toBe(result.code === 0)
  expect(Date.now() - started).toBeLessThan(15_000)
  return result
}

describe('F03 a plugin can only fail by itself, when it', () => {
  const FAILURES: [what: string, fact: RegExp][] = [
    ['exit', /ended with exit status 0/],
    ['throw', /^the plugin villain failed: \\u001b\[2Jboo\nsecond line$/],
    ['reject', /ended with exit status 1/],
    ['flood', /sent too many messages/],
    ['long', /sent too long a message/],
    ['garbage', /sent a message that is not valid/],
    ['forge', /answered a request that nobody made/],
    ['lie', /gave an invalid answer to onVerify/],
    ['extra', /gave an invalid answer to onVerify/],
    ['shout', /printed too much/],
    ['heap', /was ended by SIGABRT|ended with exit status/],
    ['buffers', /used more than 1024 MB/],
  ]
  test.each(FAILURES)('does: %s', async (what, fact) => {
    const { code, json } = await verify({ do: what })
    expect(code).toBe(1)
    expect(json.error?.code).toBe('HOOK_FAILED')
    expect(json.error?.message).toMatch(fact)
  })

  test('prints without end to stdout and stderr', async () => {
    const { code, stdout } = await verify({ do: 'print' })
    expect(code).toBe(0)
    expect(stdout.split('\n')).toHaveLength(1)
    setOptions(rig, 'villain', { do: 'print' })
    const { stderr } = await rig.cpm('verify', { cwd })
    expect(stderr).not.toContain('\u001b')
    expect(stderr.split('\n').length).toBeLessThan(1100)
    expect(stderr).toContain('villain | what it prints from here on is not shown')
  })

  test('calls an operation without permission', async () => {
    const { json } = await verify({ do: 'call' })
    expect(json.error?.message).toBe('the plugin villain failed: the plugin villain has no permission to call verify')
  })

  test('hangs, or waits forever', async () => {
    await using other = await Rig.create()
    await other.publish('a@1.0.0')
    const project = other.project({ dependencies: { a: '1.0.0' } })
    const hook = (run: string) => `{ required: true, timeout: 0.5, run: () => { ${run} } }`
    await other.cpm('init b')
    await addPlugin(
      other,
      'sleeper',
      `onPreInstall: ${hook('for (;;);')}, onPrePublish: ${hook('return new Promise(() => setInterval(() => {}, 1000))')},`,
    )
    for (const line of ['install', 'publish . --dry-run --no-test']) {
      const { code, stderr } = await other.cpm(line, { cwd: line === 'install' ? project : other.path('b') })
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining('the plugin sleeper did not answer within 0.5 seconds'),
      ])
    }
  })
})

describe('F02 a plugin without permissions', () => {
  const said = async (options: Record<string, unknown>, env?: Record<string, string>) => {
    setOptions(rig, 'villain', options)
    return (await rig.cpm('verify', { cwd, ...(env && { env }) })).stderr
  }

  test('reads and writes no file but its own', async () => {
    const canary = rig.path('canary')
    fs.writeFileSync(canary, 'secret')
    const keys = fs.readdirSync(`${rig.home}/keys`).map((name) => `${rig.home}/keys/${name}`)
    const outcomes = async (options: Record<string, unknown>) =>
      (await said(options)).split('\n').flatMap((line) => (line.startsWith('villain | ') ? [line.slice(10)] : []))
    const state = ['config.json', 'plugins.json'].map((name) => `${rig.home}/${name}`)
    const read = await outcomes({ do: 'read', at: [canary, ...keys, ...state, `${cwd}/colony.yaml`] })
    expect(read).toEqual(Array(4 + keys.length).fill('ERR_ACCESS_DENIED'))
    expect(await outcomes({ do: 'list', at: rig.home })).toEqual(['ERR_ACCESS_DENIED'])
    const write = [canary, `${rig.home}/plugins/villain.mjs`, `${cwd}/new`, rig.path('new')]
    expect(await outcomes({ do: 'write', at: write })).toEqual(Array(4).fill('ERR_ACCESS_DENIED'))
    expect(await said({ do: 'link', at: canary })).toContain('villain | ERR_ACCESS_DENIED')
    expect(fs.readFileSync(canary, 'utf8')).toBe('secret')
  })

  test('gets only the environment variables that were approved', async () => {
    const env = { VILLAIN_MAY_SEE: 'this', CPM_SIGNING_KEY: 'aa'.repeat(32), AWS_SECRET_ACCESS_KEY: 'that' }
    const stderr = await said({ do: 'env' }, env)
    expect(stderr).toContain('"VILLAIN_MAY_SEE":"this"')
    expect(stderr).not.toMatch(/aaaa|that|CPM_HOME/)
  })

  test('starts no process and no thread, and ends no process', async () => {
    expect(await said({ do: 'spawn' })).toContain('villain | ERR_ACCESS_DENIED')
    expect(await said({ do: 'worker' })).toContain('villain | ERR_ACCESS_DENIED')
    expect(await said({ do: 'kill' })).toMatch(/villain \| .*not a function/)
  })

  test("opens no debugger in cpm, changes no process's priority and writes no traces", async () => {
    for (const what of ['signal', 'slow down', 'trace'])
      expect(await said({ do: what })).toMatch(/villain \| .*not a function/)
  })

  test('has no network if this Node can forbid it, and otherwise cpm plugins info says that it is not forbidden', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const stderr = await said({ do: 'connect', at: (server.address() as { port: number }).port })
    server.close()
    const info = await rig.cpm('plugins info villain')
    if (process.allowedNodeEnvironmentFlags.has('--allow-net')) {
      expect(stderr).toContain('ERR_ACCESS_DENIED')
      expect(info.stdout).toContain("can't use the network")
    } else {
      expect(stderr).toContain('got undefined')
      expect(info.stdout).toContain('asks for no network, but Node')
    }
  })
})
