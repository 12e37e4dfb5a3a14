import fs from 'node:fs'
import path from 'node:path'
import { stringify } from 'yaml'
import { afterAll, describe, expect, test } from 'vitest'
import install from '../src/cli/commands/project/install.ts'
import validate from '../src/cli/commands/package/validate.ts'
import { canonicalJson } from '../src/core/canonical-json.ts'
import { CpmError } from '../src/core/errors.ts'
import { finishSealed } from '../src/core/journal.ts'
import { generateKey, listKeys } from '../src/package/keys.ts'
import { readCopies } from '../src/installer/disk-tree.ts'
import { projectAt } from '../src/installer/project.ts'
import { readGlobalState } from '../src/installer/global/state-file.ts'
import { parseProjectManifest } from '../src/installer/project-manifest.ts'
import { keptToken } from '../src/registry-client/credentials.ts'
import { RunRecords } from '../src/engines/runs/run-records.ts'
import { Tokens } from '../server/services/tokens.ts'
import { readEnvelope } from '../src/package/signed-envelope.ts'
import { readOwnersChain } from '../src/package/owners.ts'
import { parseIndex } from '../src/registry/index-file.ts'
import { readRegistryConfig } from '../src/registry/registry-config.ts'
import { FolderBlobs } from '../src/registry/folder-blobs.ts'
import { readLockText } from '../src/installer/lockfile.ts'
import { readTrust } from '../src/installer/trust-file.ts'
import { readContexts } from '../src/operations/contexts.ts'
import { readProof } from '../src/operations/project/proof-file.ts'
import type { PackageName } from '../src/schema/name.ts'
import { z } from 'zod'
import { signed } from './package/signed.ts'
import { ForgedRegistry } from './rig/forged-registry.ts'
import { runCommand } from './rig/run-command.ts'
import { Rig } from './rig/rig.ts'

/** Files that a newer cpm may write and this one has to read. */
const rig = await Rig.create()
afterAll(() => rig[Symbol.asyncDispose]())
const registry = new ForgedRegistry(rig.path('forged'))
const manifest = stringify({ apiVersion: 'v1', name: 'tool', version: '1.0.0' })
await registry.add({ name: 'tool', version: '1.0.0' }, { 'colony.yaml': manifest })
const FIRST_LINE = fs.readFileSync(path.join(registry.root, 'index/tool'), 'utf8')

describe('an index line of a newer cpm is skipped, whatever it contains:', () => {
  test.each([
    ["today's rules", '{"name":"tool","v":2}'],
    ['keys in another order', '{"v":2,"type":"publish","name":"tool"}'],
    ['white space', '{ "v": 2 }'],
    ['fractions', '{"score":0.5,"v":3}'],
    ['large numbers', '{"size":123456789012345678901234567890,"v":2}'],
    ['other escapes', '{"about":"\\u0041\\/","v":2}'],
    ['half of a surrogate pair', '{"about":"\\ud800","v":2}'],
    ['a duplicate key', '{"about":1,"about":2,"v":2}'],
    ['deep nesting', `{"deep":${'['.repeat(5000)}${']'.repeat(5000)},"v":2}`],
    ['another name', '{"name":"other","type":"publish","v":2,"version":"1.0.0"}'],
  ])('with %s', (_what, line) => {
    const index = parseIndex('tool' as PackageName, Buffer.from(`${line}\n${FIRST_LINE}${line}\n`))
    expect([[...index.releases.keys()], index.skipped]).toEqual([['1.0.0'], 2])
  })

  test('a status of a version that such a line may have published', () => {
    const status = canonicalJson({ v: 1, type: 'yank', name: 'tool', version: '2.0.0', at: '2026-01-01T00:00:00.000Z' })
    const read = (lines: string) => parseIndex('tool' as PackageName, Buffer.from(lines)).releases.size
    expect(read(`${FIRST_LINE}{"v":2}\n${status}\n`)).toBe(1)
    expect(() => read(`${FIRST_LINE}${status}\n`)).toThrow(/sets a status for 2\.0\.0/)
  })

  test.each([['no JSON', '{"v":2'], ['no object', '2'], ["today's number", '{ "v": 1 }'], ['a string as number', '{"v":"2" }']])(
    'but not a damaged line with %s',
    (_what, line) => {
      expect(() => parseIndex('tool' as PackageName, Buffer.from(`${line}\n`))).toThrow(/line 1 of the index/)
    },
  ) // prettier-ignore

  test('and reported to the user, and its versions count as taken', async () => {
    registry.append('tool', '{ "v": 2, "type": "publish", "version": "2.0.0", "score": 0.5 }')
    const cwd = rig.project({ dependencies: { tool: '*' } })
    const { code, stderr } = await rig.cpm(['install', '--registry', registry.root], { cwd })
    expect(stderr).toContain('a line of the index of tool is ignored: a newer cpm wrote it')
    expect(stderr).toContain('npm install --global colony-cpm@latest')
    expect(code).toBe(0)
    const { newer } = parseIndex('tool' as PackageName, fs.readFileSync(path.join(registry.root, 'index/tool')))
    expect([...newer]).toEqual(['2.0.0'])
  })
})

describe("a file that can't be skipped is refused as written by a newer cpm:", () => {
  const at = (name: string, text: string) => {
    rig.write({ [name]: text })
    return rig.path(name)
  }
  const newer = JSON.stringify({ schemaVersion: 2, quite: { another: 'shape' } })
  const folder = (config: string) => {
    rig.write({ 'newer/config.json': config })
    return new FolderBlobs(rig.path('newer'))
  }

  test.each<[what: string, code: string, read: () => unknown]>([
    ['a lock', 'LOCK_INVALID', () => readLockText(newer)],
    ['a side of a lock with conflict markers', 'LOCK_INVALID', () => readLockText(`<<<<<<< a\n${newer}\n=======\n{}\n>>>>>>> b\n`)],
    ['a registry', 'REGISTRY_INVALID', () => readRegistryConfig(folder(newer))],
    ['decisions about keys', 'CONFIG_INVALID', () => readTrust(at('trust.json', newer))],
    ['contexts', 'CONFIG_INVALID', () => readContexts(at('contexts.json', newer))],
    ['a proof', 'PROOF_INVALID', () => readProof(at('proof.json', newer))],
    ['an owners record', 'OWNER_MISMATCH', () => readOwnersChain('tool' as PackageName, '{"record":{"by":"x","v":2}}\n')],
    ['an envelope', 'ENVELOPE_INVALID', () => readEnvelope(signed({ predicateType: 'urn:colony-cpm:package:v2' }), 'tool@1.0.0')],
    ['a manifest', 'MANIFEST_INVALID', () => parseProjectManifest('apiVersion: v2\nname: { quite: another, shape: 1 }\n')],
    ['a manifest, many versions later', 'MANIFEST_INVALID', () => parseProjectManifest('apiVersion: v10\n')],
    ['a manifest to validate', 'MANIFEST_INVALID', () => {
      rig.write({ 'later/colony.yaml': 'apiVersion: v2\nnames: []\n', 'later/workflows/main.yaml': '- another shape\n' })
      return runCommand(validate, { dir: rig.path('later') }, { cwd: rig.root, env: rig.env })
    }],
    ['credentials', 'CONFIG_INVALID', () => {
      fs.writeFileSync(rig.path('credentials.json'), newer, { mode: 0o600 })
      return keptToken(rig.path('credentials.json'), new URL('https://packages.example'))
    }],
    ["a server's tokens", 'CONFIG_INVALID', () => {
      rig.write({ 'served/.server/tokens.json': newer })
      return new Tokens({ root: rig.path('served'), lockTimeout: 1, emit: () => undefined, now: () => new Date() }).list()
    }],
    ['the record of a run', 'RUN_INVALID', () => {
      rig.write({ 'runs/r1/run.json': newer })
      return new RunRecords(rig.path('runs')).read('r1')
    }],
    ['the record of copies', 'CONFIG_INVALID', () => {
      rig.write({ 'copied/colony_packages/.cpm/state.json': newer })
      return readCopies(projectAt(rig.path('copied')))
    }],
    ['the state of global packages', 'CONFIG_INVALID', () => readGlobalState(at('state.json', newer))],
    ['a journal', 'JOURNAL_INVALID', () => finishSealed({ file: at('journal.json', canonicalJson({ schemaVersion: 2 })), step: z.never(), apply: () => undefined })],
    ['a key', 'KEY_INVALID', () => {
      const { file } = generateKey(rig.path('keys'), new Date())
      fs.writeFileSync(file, newer)
      return listKeys(rig.path('keys'))
    }],
  ])('%s', async (_what, code, read) => {
    const error = await Promise.resolve().then(read).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(CpmError)
    expect(error).toMatchObject({ code, hint: 'npm install --global colony-cpm@latest' })
    expect((error as CpmError).message).toMatch(/was written by a newer cpm$/)
  }) // prettier-ignore
})

describe('text that other tools could read differently is refused with its position:', () => {
  test.each([
    ['a lock with a duplicate key', 'colony.lock', '{"schemaVersion": 1,\n "schemaVersion": 1}', 'LOCK_INVALID', /colony\.lock:2:2 duplicate key "schemaVersion"/],
    ['a lock with an invalid byte', 'colony.lock', Buffer.from('{"a": "\xff"}', 'latin1'), 'LOCK_INVALID', /colony\.lock:1:8 invalid UTF-8/],
    ['a manifest with an invalid byte', 'colony.yaml', Buffer.from('apiVersion: v1\n# \xff\n', 'latin1'), 'MANIFEST_INVALID', /colony\.yaml:2:3 invalid UTF-8/],
    ['a manifest with a byte order mark', 'colony.yaml', '\uFEFFapiVersion: v1\n', 'MANIFEST_INVALID', /colony\.yaml:1:1 a byte order mark/],
    ['project settings with an invalid byte', 'colony.config.yaml', Buffer.from('install:\n  mode: "\xff"\n', 'latin1'), 'CONFIG_INVALID', /colony\.config\.yaml:2:10 invalid UTF-8/],
    ['project settings with a byte order mark', '.cpmrc', '\uFEFFinstall: {}\n', 'CONFIG_INVALID', /\.cpmrc:1:1 a byte order mark/],
    ['project settings with a duplicate key', 'colony.config.json', '{"install": {},\n "install": {}}', 'CONFIG_INVALID', /colony\.config\.json:2:2 duplicate key install/],
  ])('%s', async (_what, name, contents, code, told) => {
    const cwd = rig.project()
    rig.write({ [name]: contents }, cwd)
    const error: unknown = await runCommand(install, {}, { cwd, env: rig.env }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message: expect.stringMatching(told) as string })
  }) // prettier-ignore
})
