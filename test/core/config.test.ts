import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EnvironmentVariables } from '../../src/core/environment-variables.ts'
import { loadConfig, numberFromEnv } from '../../src/core/config.ts'
import { defaultRegistry } from '../../src/operations/registries/registry-choice.ts'
import type { CpmEvent } from '../../src/schema/events.ts'

let place: string
let project: string
beforeEach(() => {
  place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-config-')))
  project = path.join(place, 'project')
  fs.mkdirSync(project)
})
afterEach(() => {
  fs.rmSync(place, { recursive: true, force: true })
})

/** Loads the configuration from a project's files and a user's file. Returns it with the warnings. */
async function load(ours: Record<string, string> = {}, user?: unknown) {
  for (const [name, text] of Object.entries(ours)) fs.writeFileSync(path.join(project, name), text)
  const userFile = path.join(place, 'config.json')
  if (user !== undefined) fs.writeFileSync(userFile, JSON.stringify(user))
  const events: CpmEvent[] = []
  const config = await loadConfig({ project, userFile, emit: (event) => void events.push(event) })
  return { config, events }
}

describe('settings', () => {
  test('are empty without any files', async () => {
    const { config, events } = await load()
    expect(config).toEqual({ install: {}, registriesOf: { user: {}, project: {} } })
    expect(events).toEqual([])
  })

  test('of a project may set registries and the install mode, in any of three files', async () => {
    for (const [name, text] of Object.entries({
      '.cpmrc': 'install: { mode: copy }\n',
      'colony.config.json': '{"install": {"mode": "copy"}}',
      'colony.config.yaml': 'install:\n  mode: copy\n',
    })) {
      const { config, events } = await load({ [name]: text })
      expect([config.install, events]).toEqual([{ mode: 'copy' }, []])
      fs.rmSync(path.join(project, name))
    }
  })

  test('of a project resolve registry folders relative to their file', async () => {
    const { config } = await load({
      '.cpmrc': 'registry: { registries: { ours: { url: ../reg }, web: { url: https://x.org } } }',
    })
    expect(config.registriesOf.project.registries).toEqual({
      ours: { url: path.join(place, 'reg') },
      web: { url: 'https://x.org' },
    })
  })

  test("of the user may set everything, and take precedence over the project's registries", async () => {
    const user = {
      storage: { store: '/mnt/store' },
      security: { lockTimeout: 5 },
      registry: { default: 'mine', registries: { both: { url: '/mine' }, mine: { url: '/mine' } } },
    }
    const ours = 'registry: { default: theirs, registries: { both: { url: /theirs }, more: { url: /more } } }\n'
    const { config } = await load({ '.cpmrc': ours }, user)
    expect(config).toMatchObject({ storage: { store: '/mnt/store' }, security: { lockTimeout: 5 } })
    const parts = { settings: config, env: new EnvironmentVariables({}), cwd: '/', embedded: '/home' }
    const choose = (flag?: string) => {
      const { place, trusted } = defaultRegistry({ ...parts, flag })
      return [place, trusted]
    }
    expect(choose('both')).toEqual(['/mine', true])
    // The project defines this registry, so the user does not vouch for it.
    expect(choose('more')).toEqual(['/more', false])
    expect(choose('/elsewhere')).toEqual(['/elsewhere', true])
    expect(choose()).toEqual(['/mine', true])
  })
})

describe("a project's file", () => {
  test('B12 cannot set hooks, plugins, network, storage or anything that runs or sends: those are ignored with a warning', async () => {
    const sections = ['hooks', 'plugins', 'network', 'storage', 'security', 'contexts', 'cache', 'engines', 'later']
    const text = sections.map((section) => `${section}: { store: /tmp/evil, proxy: http://evil, run: [rm] }`).join('\n')
    const { config, events } = await load({ '.cpmrc': `${text}\ninstall: { mode: copy }\n` })
    expect(config).toEqual({ install: { mode: 'copy' }, registriesOf: { user: {}, project: {} } })
    expect(events.map((event) => (event.type === 'warning' ? event.code : event.type))).toEqual(
      sections.map(() => 'PROJECT_CONFIG_IGNORED'),
    )
    for (const section of sections) expect(JSON.stringify(events)).toContain(`ignoring \\"${section}\\"`)
  })

  test('B12 is not looked for above the project', async () => {
    fs.writeFileSync(path.join(place, '.cpmrc'), 'install: { mode: copy }\n')
    expect((await load()).config.install).toEqual({})
  })

  test('B12 runs no code, neither from another kind of file nor through an import', async () => {
    const canary = path.join(place, 'canary')
    const code = `require('fs').writeFileSync(${JSON.stringify(canary)}, ''); module.exports = { install: { mode: 'copy' } }`
    for (const name of [
      '.cpmrc.js',
      '.cpmrc.cjs',
      'cpm.config.js',
      'cpm.config.cjs',
      'colony.config.js',
      'colony.config.cjs',
      'evil.cjs',
    ])
      fs.writeFileSync(path.join(project, name), code)
    expect((await load()).config.install).toEqual({})
    for (const name of ['.cpmrc', 'colony.config.json', 'colony.config.yaml']) {
      await load({ [name]: '{"$import": "./evil.cjs"}' }).catch(() => undefined)
      fs.rmSync(path.join(project, name))
    }
    expect(fs.existsSync(canary)).toBe(false)
  })

  test('B12 does not make the library run its own configuration from the project', () => {
    const canary = path.join(place, 'canary')
    const code = `require('fs').writeFileSync(${JSON.stringify(canary)}, ''); module.exports = {}`
    fs.writeFileSync(path.join(project, '.cpmrc'), 'install: { mode: copy }\n')
    fs.mkdirSync(path.join(project, '.config'))
    fs.writeFileSync(path.join(project, '.config', 'config.cjs'), code)
    const script = path.resolve(import.meta.dirname, 'config-reader.ts')
    const args = ['--import', import.meta.resolve('tsx'), script]
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
    expect(fs.existsSync(canary)).toBe(false)
    expect(JSON.parse(stdout)).toMatchObject({ install: { mode: 'copy' } })
  })

  test('B12 does not give the library settings of its own', async () => {
    fs.writeFileSync(path.join(project, 'elsewhere.yaml'), 'install: { mode: copy }\n')
    fs.writeFileSync(path.join(project, 'package.json'), '{"cosmiconfig": {"searchPlaces": ["elsewhere.yaml"]}}')
    fs.writeFileSync(path.join(project, 'colony.config.yaml'), 'install: { mode: link }\n')
    const script = path.resolve(import.meta.dirname, 'config-reader.ts')
    const args = ['--import', import.meta.resolve('tsx'), script]
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' })
    expect(JSON.parse(stdout)).toMatchObject({ install: { mode: 'link' } })
    await expect(load({ '.cpmrc': '{ $import: elsewhere.yaml }' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  test('names the file and the key if it is invalid', async () => {
    const wrong: [string, RegExp][] = [
      ['install: { mode: hardlink }', /install\.mode/],
      ['install: { mdoe: copy }', /install\.mdoe/],
      ['registry: { registries: { a: { url: 1 } } }', /registry\.registries\.a\.url/],
      ['[]', /sections/],
      ['text', /sections/],
      ['install: {', /\.cpmrc:1:/],
      ['install: *x', /\.cpmrc:1:/],
      ['a: &x 1', /anchors/],
      ['install: { mode: copy }\ninstall: {}', /first used on line 1/],
    ]
    for (const [text, message] of wrong) {
      const failure = load({ '.cpmrc': text })
      await expect(failure, text).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
      await expect(failure, text).rejects.toThrow(message)
    }
  })
})

describe("the user's file", () => {
  test('is rejected with a suggestion if it has an unknown key', async () => {
    await expect(load({}, { storge: {} })).rejects.toThrow(/unknown key storge; did you mean storage\?/)
    await expect(load({}, { storage: { place: '/x' } })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('a number in the environment', () => {
  const read = (X: string | undefined) => numberFromEnv(new EnvironmentVariables({ X }), 'X')

  test('is read, absent, or rejected', () => {
    expect(read('1.5')).toBe(1.5)
    for (const text of [undefined, '']) expect(read(text)).toBeUndefined()
    for (const text of ['x', '-1', '1s', 'NaN', 'Infinity'])
      expect(() => read(text), text).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
