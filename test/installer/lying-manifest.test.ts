import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CpmError } from '../../src/core/errors.ts'
import type { Pool } from '../../src/core/pool.ts'
import ci from '../../src/cli/commands/project/ci.ts'
import install from '../../src/cli/commands/project/install.ts'
import submit from '../../src/cli/commands/run/submit.ts'
import verify from '../../src/cli/commands/project/verify.ts'
import { holdManifests, unpack } from '../../src/package/tasks.ts'
import { ForgedRegistry } from '../rig/forged-registry.ts'
import { poolHere } from '../rig/in-process.ts'
import { runCommand } from '../rig/run-command.ts'
import { RegistryServer } from '../rig/registry-server.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

/** What the envelope and the index say about every release here, with a valid signature. */
const SAID = {
  name: 'tool',
  version: '1.0.0',
  dependencies: { base: { version: '^1.0.0', optional: true } },
  features: { extra: ['base'] },
  conditions: { architecture: ['amd64'] },
}
const TRUTH = { apiVersion: 'v1', ...SAID }

/** Manifests that differ from what was signed, and what the error must match. */
const LIES: [what: string, manifest: string | Uint8Array | undefined, told: RegExp][] = [
  ['a different name', stringify({ ...TRUTH, name: 'tol' }), /disagree about name/],
  ['a different version', stringify({ ...TRUTH, version: '1.0.1' }), /disagree about version/],
  ['an extra dependency', stringify({ ...TRUTH, dependencies: { ...SAID.dependencies, evil: '*' } }), /dependencies/],
  ['a different range', stringify({ ...TRUTH, dependencies: { base: { ...SAID.dependencies.base, version: '*' } } }), /dependencies/],
  ['a dependency that is not optional', stringify({ ...TRUTH, features: {}, dependencies: { base: '^1.0.0' } }), /dependencies and features/],
  ['an extra feature of a dependency', stringify({ ...TRUTH, dependencies: { base: { ...SAID.dependencies.base, features: ['fast'] } } }), /dependencies/],
  ['different features', stringify({ ...TRUTH, features: { other: ['base'] } }), /disagree about features/],
  ['different conditions', stringify({ ...TRUTH, conditions: { architecture: ['arm64'] } }), /disagree about conditions/],
  ['no conditions', stringify({ ...TRUTH, conditions: {} }), /disagree about conditions/],
  ['no manifest', undefined, /has no colony\.yaml/],
  ['an empty manifest', '', /colony\.yaml:1:1/],
  ['a manifest that is not YAML', 'name: [', /colony\.yaml:1:/],
  ['a manifest that is not UTF-8', Buffer.concat([Buffer.from(stringify(TRUTH)), Buffer.from([0xff, 0x0a])]), /colony\.yaml:\d+:1 invalid UTF-8/],
  ['a manifest that starts with a byte order mark', `\uFEFF${stringify(TRUTH)}`, /colony\.yaml:1:1 a byte order mark/],
  ['a manifest with a duplicate key', `${stringify(TRUTH)}version: 1.0.0\n`, /duplicate key version/],
] // prettier-ignore

const rig = await Rig.create()
afterAll(() => rig[Symbol.asyncDispose]())
const registry = new ForgedRegistry(rig.path('forged'))
const names = LIES.map((_, index) => `tool-${index}`)
await registry.add({ name: 'base', version: '1.0.0', features: {} }, files('base'))
for (const name of names) {
  const manifest = lieOf(name)
  await registry.add({ ...SAID, name }, { 'README.md': name, ...(manifest && { 'colony.yaml': manifest }) })
}
await registry.add(
  { ...SAID, name: 'newer' },
  { 'colony.yaml': stringify({ ...TRUTH, name: 'newer', later: { x: 1 } }) },
)

/** Returns the manifest in the archive of a package, with only its one lie. */
function lieOf(name: string): Buffer | undefined {
  const manifest = LIES[names.indexOf(name)]?.[1]
  if (manifest === undefined) return undefined
  return Buffer.from(Buffer.from(manifest).toString('latin1').replace('name: tool\n', `name: ${name}\n`), 'latin1')
}

function files(name: string): Record<string, string> {
  return { 'colony.yaml': stringify({ apiVersion: 'v1', name, version: '1.0.0' }) }
}

function project(name: string): string {
  return rig.project({ dependencies: { [name]: '*' } })
}

/** The pool of an older cpm, which did not compare manifests when unpacking. */
const tasksHere = poolHere(true)
const oldPool: Pool = {
  ...tasksHere,
  run: async (task, input, options) => {
    if (task.id === holdManifests.id) return [null] as never
    return await tasksHere.run(task, task.id === unpack.id ? { ...input, manifest: undefined } : input, options)
  },
}

const RELEASES = LIES.map(([what, , told], index) => [what, told, names[index] ?? ''] as const)
const place = (cwd: string) => ({ cwd, env: rig.env })

describe('A17 a release whose archive has a manifest other than the signed one', () => {
  test.each(RELEASES)('is not installed: %s', async (_what, told, name) => {
    const cwd = project(name)
    const error = await runCommand(install, { registry: registry.root }, place(cwd)).catch(
      (e: unknown) => e as CpmError,
    )
    expect(error).toBeInstanceOf(CpmError)
    expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(told) as string })
    expect(fs.existsSync(path.join(cwd, 'colony.lock'))).toBe(false)
    expect(fs.existsSync(path.join(cwd, 'colony_packages', name))).toBe(false)
    expect(fs.existsSync(rig.store) && rig.files(rig.store).some((file) => file.endsWith('README.md'))).toBe(false)
  })

  test('is reported with its registry, and cpm exits 5', async () => {
    const { code, stderr } = await rig.cpm(['install', '--registry', registry.root], { cwd: project('tool-0') })
    expect(code).toBe(5)
    expect(stderr).toContain(`tool-0@1.0.0 from ${registry.root}`)
  })

  test('is installed if the manifest differs only by a key that this cpm does not know', async () => {
    const cwd = project('newer')
    await runCommand(install, { registry: registry.root }, place(cwd))
    expect((await runCommand(verify, {}, place(cwd))).value).toMatchObject({ packages: 1, findings: [] })
  })

  test('is not served by a mirror', async () => {
    await using upstream = await RegistryServer.open(registry.root)
    await using mirror = await Rig.create()
    await using server = await serve(mirror, { args: ['--upstream', upstream.url] })
    const answer = await fetch(`${server.url}/packages/tool-0/1.0.0/tool-0-1.0.0.cpm`)
    expect(answer.status).toBe(502)
    expect(mirror.files(mirror.registry).filter((file) => file.endsWith('.cpm'))).toEqual([])
  })
})

describe('such a release that an older cpm unpacked into the store', () => {
  const cwd = project('tool-3')
  const old = { ...place(cwd), pool: oldPool }
  const told = /tool-3@1\.0\.0 and the colony\.yaml in its archive disagree about dependencies/
  beforeAll(async () => {
    await runCommand(install, { registry: registry.root }, old)
    // The older cpm did not keep what it had found out.
    fs.rmSync(path.join(rig.home, 'cache', 'settled'), { recursive: true })
  })

  test('is found by verify', async () => {
    await expect(runCommand(verify, { registry: registry.root }, place(cwd))).rejects.toThrow(told)
  })

  test('is refused by ci', async () => {
    await expect(runCommand(ci, { registry: registry.root }, place(cwd))).rejects.toThrow(told)
  })

  test('is refused by an install in another project, with and without its lock', async () => {
    const other = project('tool-3')
    await expect(runCommand(install, { registry: registry.root }, place(other))).rejects.toThrow(told)
    fs.copyFileSync(path.join(cwd, 'colony.lock'), path.join(other, 'colony.lock'))
    await expect(runCommand(install, { registry: registry.root }, place(other))).rejects.toThrow(told)
    expect(fs.existsSync(path.join(other, 'colony_packages', 'tool-3'))).toBe(false)
  })

  test('is not run by submit, even without its envelope in the cache', async () => {
    const run = () => runCommand(submit, { target: 'tool-3', engine: 'local' }, place(cwd))
    await expect(run()).rejects.toThrow(told)
    fs.renameSync(path.join(rig.home, 'cache'), path.join(rig.home, 'away'))
    await expect(run()).rejects.toThrow(told)
    fs.renameSync(path.join(rig.home, 'away'), path.join(rig.home, 'cache'))
  })

  test('is refused for another package with the same contents', async () => {
    const twin = path.join(registry.root, 'packages/tool-3/1.0.0')
    expect(fs.existsSync(twin)).toBe(true)
    await registry.add({ ...SAID, name: 'twin' }, { 'README.md': '', 'colony.yaml': lieOf('tool-3') ?? '' })
    await expect(runCommand(install, { registry: registry.root }, place(project('twin')))).rejects.toThrow(
      /twin@1\.0\.0 and the colony\.yaml in its archive disagree about name and dependencies/,
    )
  })
})

describe('the lock', () => {
  test('is not proven if its dependencies differ from the signed ones', async () => {
    const cwd = project('newer')
    await runCommand(install, { registry: registry.root }, place(cwd))
    const lock = path.join(cwd, 'colony.lock')
    fs.writeFileSync(lock, fs.readFileSync(lock, 'utf8').replace('"version": "^1.0.0"', '"version": "*"'))
    await expect(runCommand(verify, { registry: registry.root }, place(cwd))).rejects.toThrow(
      /newer@1\.0\.0: the dependencies in the lock differ from those its owners signed/,
    )
  })
})
