import { createHmac } from 'node:crypto'
import fs from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'
import { changeConfig, setOptions } from './plugin-rig.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** Publishes an example, and adds it as a user would. */
async function addExample(rig: Rig, name: string): Promise<void> {
  await rig.cpm(['publish', path.join(ROOT, 'examples/plugins', name)])
  const { code, stderr } = await rig.cpm(`plugins add @examples/${name} --yes`)
  if (code !== 0) throw new Error(stderr)
}

test('the license policy refuses what is not on the list, before anything changes', async () => {
  await using rig = await Rig.create()
  await rig.publish(
    ['mit@1.0.0', { license: 'MIT' }],
    ['either@1.0.0', { license: 'GPL-3.0-only OR MIT' }],
    ['both@1.0.0', { license: 'GPL-3.0-only AND MIT' }],
    'none@1.0.0',
  )
  await addExample(rig, 'license-policy')
  const cwd = rig.project()
  expect((await rig.cpm('install mit either', { cwd })).code).toBe(0)
  const both = await rig.cpm('install both', { cwd })
  expect([both.code, both.stderr]).toEqual([6, expect.stringContaining('both: has the license GPL-3.0-only AND MIT')])
  expect((await rig.cpm('install none', { cwd })).stderr).toContain('none: has no license')
  expect(rig.read(`${cwd}/colony.yaml`)).not.toMatch(/both|none/)
  changeConfig(rig, (config) => config)
  setOptions(rig, 'license-policy', { exceptions: ['none'] })
  expect((await rig.cpm('install none', { cwd })).code).toBe(0)
})

test('the SBOM writer writes both formats after each change', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'b@1.0.0')
  await addExample(rig, 'sbom-writer')
  const cwd = rig.project({ dependencies: { a: '1.0.0' } })
  await rig.cpm('install', { cwd })
  const read = () => {
    const { components } = JSON.parse(rig.read(`${cwd}/sbom.cdx.json`)) as { components: { name: string }[] }
    const { packages } = JSON.parse(rig.read(`${cwd}/sbom.spdx.json`)) as { packages: { name: string }[] }
    return [components, packages].map((list) => list.map(({ name }) => name).join())
  }
  expect(read()[0]).toBe('a')
  await rig.cpm('install b', { cwd })
  expect(read()[0]).toBe('a,b')
  expect(read()[1]).toContain('b')
  await rig.cpm('uninstall a', { cwd })
  expect(read()[0]).toBe('b')
})

test('the webhook notifier sends signed events, and tells when it can not', async () => {
  await using rig = await Rig.create()
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await addExample(rig, 'webhook-notifier')
  setOptions(rig, 'webhook-notifier', { url: `http://127.0.0.1:${port}/` })
  const folder = rig.package('a@1.0.0')
  const env = { CPM_WEBHOOK_SECRET: 'shh' }
  const { stderr } = await rig.cpm(['publish', folder], { env })
  expect(stderr).not.toContain('warning: the plugin')
  const [{ headers, body } = { headers: {}, body: '' }] = received
  expect(JSON.parse(body)).toMatchObject({ type: 'published', name: 'a', version: '1.0.0' })
  const signature = createHmac('sha256', 'shh')
    .update(`${String(headers['x-cpm-time'])}.${body}`)
    .digest('hex')
  expect(headers['x-cpm-signature']).toBe(`sha256=${signature}`)
  server.close()
  const failed = await rig.cpm(['publish', rig.package('b@1.0.0')], { env })
  expect([failed.code, failed.stderr]).toEqual([
    0,
    expect.stringContaining('the plugin webhook-notifier failed: fetch failed'),
  ])
  expect(failed.stderr).not.toContain('shh')
})

test('the vulnerability gate stops cpm ci and cpm verify, and lets fixed and ignored versions pass', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0', 'a@1.2.0', 'b@2.0.0-rc.1')
  const cwd = rig.project({ dependencies: { a: '1.0.0', b: '2.0.0-rc.1' } })
  await rig.cpm('install', { cwd })
  await addExample(rig, 'vulnerability-gate')
  const range = (name: string, ...events: object[]) => ({
    package: { ecosystem: 'cpm', name },
    ranges: [{ type: 'SEMVER', events }],
  })
  const advisories = [
    { id: 'X-1', summary: 'reads too much', affected: [range('a', { introduced: '0' }, { fixed: '1.2.0' })] },
    { id: 'X-2', affected: [range('b', { introduced: '2.0.0' })] },
    { id: 'X-3', withdrawn: '2026-01-01T00:00:00Z', affected: [range('b', { introduced: '0' })] },
  ]
  rig.write({ 'advisories.json': JSON.stringify(advisories) }, cwd)
  for (const line of ['ci', 'verify']) {
    const { code, stderr } = await rig.cpm(line, { cwd })
    expect([code, stderr]).toEqual([6, expect.stringContaining('refused: a@1.0.0: X-1: reads too much')])
  }
  setOptions(rig, 'vulnerability-gate', { ignore: ['X-1'] })
  expect((await rig.cpm('verify', { cwd })).code).toBe(0)
  setOptions(rig, 'vulnerability-gate', {})
  expect((await rig.cpm('install a@1.2.0', { cwd })).code).toBe(0)
  expect((await rig.cpm('ci', { cwd })).code).toBe(0)
  fs.rmSync(`${cwd}/advisories.json`)
  expect((await rig.cpm('verify', { cwd })).stderr).toContain(
    'error[HOOK_FAILED]: the plugin vulnerability-gate failed: ENOENT',
  )
})

test('the template of a plugin passes its own tests, and works once it is added', async () => {
  await using rig = await Rig.create()
  await rig.publish('a@1.0.0')
  await rig.cpm('init @acme/hall-monitor --name @acme/hall-monitor --template plugin')
  const folder = rig.path('@acme/hall-monitor')
  fs.mkdirSync(`${folder}/node_modules`)
  fs.symlinkSync(ROOT, `${folder}/node_modules/colony-cpm`)
  const { exitCode, stdout } = await execa('node', ['--test'], { cwd: folder, reject: false })
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('pass 3')])
  // The packages that the author installed for the tests do not belong to the plugin.
  expect((await rig.cpm('plugins add . --yes', { cwd: folder })).stdout).toContain('+ hall-monitor 0.1.0')
  const cwd = rig.project()
  expect((await rig.cpm('install a', { cwd })).stderr).toContain('hall-monitor | a 1.0.0')
  expect((await rig.cpm('hall-monitor --loud', { cwd })).stdout).toBe('1 packages!')
  expect((await rig.cpm('publish', { cwd: folder })).code).toBe(0)
})
