import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { countUndisturbed } from '../../src/operations/project/undisturbed.ts'
import { Rig } from '../rig/rig.ts'
import { serve } from '../rig/serve.ts'

const rig = await Rig.create()
await rig.publish(['a@1.0.0', { dependencies: { '@s/b': '*' } }], '@s/b@1.0.0')
afterAll(() => rig[Symbol.asyncDispose]())

let project: string
beforeEach(async () => {
  project = rig.project({ dependencies: { a: '*' } })
  fs.rmSync(rig.store, { recursive: true, force: true })
  fs.rmSync(path.join(path.dirname(project), 'colony.yaml'), { force: true })
  for (const name of ['config.json', 'trust.json', 'contexts.json'])
    fs.rmSync(path.join(rig.home, name), { force: true })
  await findNothingToDo()
})

/** Runs both commands until they have nothing to do, with a pause: files must have been written before they look. */
async function findNothingToDo(env: Record<string, string> = {}): Promise<void> {
  await rig.cpm('install', { cwd: project, env })
  await new Promise((resolve) => setTimeout(resolve, 60))
  for (const line of ['install', 'ci']) expect((await rig.cpm(line, { cwd: project, env })).code).toBe(0)
}

/** Returns what the shortcuts of `cpm install` and `cpm ci` know. */
async function known(env: Record<string, string> = {}): Promise<(number | undefined)[]> {
  const place = { cwd: project, env: new EnvironmentVariables({ ...rig.env, ...env }), cpmVersion: '0.1.0' }
  return [await countUndisturbed('install', place), await countUndisturbed('ci', place)]
}

const NOTHING = [undefined, undefined]

test('a project in which a command found nothing to do is recognized', async () => {
  expect(await known()).toEqual([2, 2])
  for (const line of ['install', 'install -q', 'ci']) {
    const { code, stdout, stderr } = await rig.cpm(line, { cwd: project })
    expect([code, stdout, stderr], line).toEqual([0, 'up to date: 2 packages', ''])
  }
})

test('an empty variable counts as none', async () => {
  expect(await known({ CPM_OTHER: '', CPM_PROVE: ' ' })).toEqual([2, 2])
})

test('it is recognized from a folder inside it', async () => {
  const inside = path.join(project, 'deep', 'inside')
  fs.mkdirSync(inside, { recursive: true })
  project = inside
  // A relative registry would be another one there.
  expect(await known()).toEqual(NOTHING)
  await findNothingToDo()
  expect(await known()).toEqual([2, 2])
})

const own = (...parts: string[]) => path.join(project, 'colony_packages', ...parts)
const rewrite = (file: string, change: (text: string) => string) => {
  fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')))
}
const entry = (name: string) => fs.realpathSync(own(name))

const CHANGES: [string, () => void][] = [
  [
    'the manifest asks for something else',
    () => {
      rewrite(path.join(project, 'colony.yaml'), (text) => text.replace('*', '^1'))
    },
  ],
  [
    'the lock is missing',
    () => {
      fs.rmSync(path.join(project, 'colony.lock'))
    },
  ],
  [
    'the lock was changed',
    () => {
      rewrite(path.join(project, 'colony.lock'), (text) => `${text} `)
    },
  ],
  [
    'a link is missing',
    () => {
      fs.rmSync(own('a'))
    },
  ],
  [
    'a link in a scope is missing',
    () => {
      fs.rmSync(own('@s', 'b'))
    },
  ],
  [
    'a link leads elsewhere',
    () => {
      fs.rmSync(own('a'))
      fs.symlinkSync(entry('@s/b'), own('a'))
    },
  ],
  [
    'a package was added by hand',
    () => {
      fs.mkdirSync(own('other'))
    },
  ],
  ['a scope was added by hand', () => fs.mkdirSync(own('@t', 'other'), { recursive: true })],
  [
    'the folder of packages is a link',
    () => {
      fs.renameSync(own(), path.join(project, 'elsewhere'))
      fs.symlinkSync('elsewhere', own())
    },
  ],
  [
    'a change was left behind',
    () => {
      fs.mkdirSync(own('.cpm', '00000000-2147483647-0-00000000'))
    },
  ],
  [
    'a copy was recorded',
    () => {
      fs.writeFileSync(own('.cpm', 'state.json'), '{"schemaVersion":1,"copies":{}}')
    },
  ],
  [
    'an entry of the store is missing',
    () => {
      fs.rmSync(entry('a'), { recursive: true, force: true })
    },
  ],
  [
    'the store is missing',
    () => {
      fs.rmSync(rig.store, { recursive: true, force: true })
    },
  ],
  [
    'a gc runs',
    () => {
      fs.mkdirSync(path.join(rig.store, 'gc.lock'))
    },
  ],
  [
    'the store does not know the project',
    () => {
      fs.rmSync(path.join(rig.store, 'projects'), { recursive: true })
    },
  ],
  [
    'the store has not heard of the project for an hour',
    () => {
      const [note = ''] = fs.readdirSync(path.join(rig.store, 'projects'))
      const before = new Date(Date.now() - 3_700_000)
      fs.utimesSync(path.join(rig.store, 'projects', note), before, before)
    },
  ],
  [
    'the user has settings',
    () => {
      fs.writeFileSync(path.join(rig.home, 'config.json'), '{}')
    },
  ],
  [
    'the user decided about keys',
    () => {
      fs.writeFileSync(path.join(rig.home, 'trust.json'), '{"schemaVersion":1,"trusted":[],"distrusted":[]}')
    },
  ],
  [
    'the user has contexts',
    () => {
      fs.writeFileSync(path.join(rig.home, 'contexts.json'), '{}')
    },
  ],
  [
    'the project has settings',
    () => {
      fs.writeFileSync(path.join(project, '.cpmrc'), '{}')
    },
  ],
  [
    'the project has other settings',
    () => {
      fs.writeFileSync(path.join(project, 'colony.config.yaml'), '{}')
    },
  ],
  [
    'a folder above declares a workspace',
    () => {
      fs.writeFileSync(path.join(path.dirname(project), 'colony.yaml'), 'workspace: { members: ["*"] }\n')
    },
  ],
  [
    'a folder below is a project, too',
    () => {
      project = path.join(project, 'inner')
      fs.mkdirSync(project)
      fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\n')
    },
  ],
  [
    'the memory is damaged',
    () => {
      const folder = path.join(rig.home, 'cache', 'undisturbed')
      for (const name of fs.readdirSync(folder)) fs.truncateSync(path.join(folder, name), 20)
    },
  ],
]

test.each(CHANGES)('it is not recognized if %s', async (_what, change) => {
  change()
  expect(await known()).toEqual(NOTHING)
})

test('it is not recognized after a release was yanked, until the commands have told so', async () => {
  expect((await rig.cpm('yank a@1.0.0 --reason wrong', { cwd: project })).code).toBe(0)
  expect(await known()).toEqual(NOTHING)
  for (const line of ['install', 'ci', 'install', 'ci'])
    expect((await rig.cpm(line, { cwd: project })).stderr).toContain('a@1.0.0 was yanked: wrong')
  expect((await rig.cpm('unyank a@1.0.0', { cwd: project })).code).toBe(0)
})

test('cpm ci does not recognize it if a file in the store was written', async () => {
  const file = path.join(entry('a'), 'colony.yaml')
  fs.chmodSync(file, 0o644)
  expect(await known()).toEqual([2, undefined])
  expect((await rig.cpm('ci', { cwd: project })).code).toBe(0)
})

test.each([
  ['another registry', { CPM_REGISTRY: '/nowhere' }],
  ['CPM_PROVE', { CPM_PROVE: '1' }],
  ['CI', { CI: '1' }],
  ['a token', { CPM_TOKEN: 'x' }],
  ['a variable that cpm did not know', { CPM_OTHER: 'x' }],
  ['another home', { CPM_HOME: '/nowhere' }],
])('it is not recognized with %s in the environment', async (_what, env) => {
  expect(await known(env)).toEqual(NOTHING)
})

test('it is not recognized if what a link leads to was changed', async () => {
  const manifest = path.join(project, 'colony.yaml')
  fs.renameSync(manifest, rig.path('real.yaml'))
  fs.symlinkSync(rig.path('real.yaml'), manifest)
  await findNothingToDo()
  expect(await known()).toEqual([2, 2])
  rewrite(rig.path('real.yaml'), (text) => text.replace('*', '^2'))
  expect(await known()).toEqual(NOTHING)
})

test('a memory that can not be written does not fail the command', async () => {
  const folder = path.join(rig.home, 'cache', 'undisturbed')
  fs.rmSync(folder, { recursive: true })
  fs.writeFileSync(folder, '')
  try {
    expect((await rig.cpm('install', { cwd: project })).code).toBe(0)
  } finally {
    fs.rmSync(folder)
  }
})

test('no password lands in the memory', async () => {
  const folder = path.join(rig.home, 'cache', 'undisturbed')
  fs.rmSync(folder, { recursive: true })
  project = rig.project({})
  const env = { CPM_REGISTRY: 'https://ada:s3cret@registry.invalid/' }
  for (let times = 0; times < 3; times++) await rig.cpm('install', { cwd: project, env })
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : []
  for (const name of names) expect(fs.readFileSync(path.join(folder, name), 'utf8')).not.toContain('s3cret')
})

test('another version of cpm does not recognize it', async () => {
  const place = { cwd: project, env: new EnvironmentVariables(rig.env), cpmVersion: '0.2.0' }
  expect(await countUndisturbed('install', place)).toBeUndefined()
})

test('what changed while a command looked is not remembered', async () => {
  fs.rmSync(path.join(rig.home, 'cache', 'undisturbed'), { recursive: true })
  const manifest = path.join(project, 'colony.yaml')
  fs.writeFileSync(manifest, fs.readFileSync(manifest))
  await rig.cpm('install', { cwd: project })
  expect(await known()).toEqual(NOTHING)
})

test.each(['install --copy', 'install --registry /', 'install --offline', 'ci --prove', 'ci --no-prove', 'update'])(
  'cpm %s remembers nothing for the shortcut',
  async (line) => {
    fs.rmSync(path.join(rig.home, 'cache', 'undisturbed'), { recursive: true })
    await rig.cpm(line, { cwd: project })
    expect(await known()).toEqual(NOTHING)
  },
)

describe('with a server', () => {
  test('the same answer is enough; another one is not, and neither is none', async () => {
    let env = {}
    {
      await using server = await serve(rig)
      env = { CPM_REGISTRY: server.url }
      project = rig.project({ dependencies: { a: '*' } })
      await findNothingToDo(env)
      expect(await known(env)).toEqual([2, 2])
      expect(await known({ ...env, http_proxy: server.url })).toEqual(NOTHING)
      expect((await rig.cpm('deprecate a@1.0.0 --reason old', { cwd: project })).code).toBe(0)
      expect(await known(env)).toEqual(NOTHING)
      expect((await rig.cpm('install', { cwd: project, env })).stderr).toContain('a@1.0.0 is deprecated: old')
      expect((await rig.cpm('deprecate a@1.0.0 --undo', { cwd: project })).code).toBe(0)
      await findNothingToDo(env)
      expect(await known(env)).toEqual([2, 2])
    }
    expect(await known(env)).toEqual(NOTHING)
    const { code, stderr } = await rig.cpm('install', { cwd: project, env })
    expect([code, stderr]).toEqual([0, expect.stringContaining('could not check')])
  })

  test.each([
    ['a token', { CPM_TOKEN: 'cpm_0000000000000000000000000000000000000000000' }],
    ['a proxy', { http_proxy: 'http://127.0.0.1:1' }],
  ])('nothing is remembered with %s', async (_what, extra) => {
    await using server = await serve(rig)
    const env = { CPM_REGISTRY: server.url, ...extra }
    project = rig.project({ dependencies: { a: '*' } })
    for (let times = 0; times < 3; times++) await rig.cpm('install', { cwd: project, env })
    expect(await known({ CPM_REGISTRY: server.url })).toEqual(NOTHING)
  })
})
