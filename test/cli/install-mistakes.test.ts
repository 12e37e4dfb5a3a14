import { afterAll, beforeAll, expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

let rig: Rig
beforeAll(async () => {
  rig = await Rig.create()
  await rig.publish('hello@1.0.0')
})
afterAll(() => rig[Symbol.asyncDispose]())

const MANIFEST = 'apiVersion: v1\nname: app\nversion: 1.0.0\n'

test('a package in the place of the value of --registry is reported, also if nothing is to be installed', async () => {
  rig.write({ 'a/colony.yaml': MANIFEST })
  for (const command of ['install', 'update', 'list']) {
    const { code, json } = await rig.cpm([command, '--registry', 'hello', '--json'], { cwd: rig.path('a') })
    expect([code, json.error], command).toEqual([
      8,
      expect.objectContaining({
        code: 'REGISTRY_INVALID',
        message: "there is no registry hello: your settings don't name it, and there is no such folder",
        hint: 'if hello is a package, pass the registry first: --registry <registry> hello',
      }),
    ])
  }
})

test("a package that is installed with the range '*' causes a warning, and one with another range none", async () => {
  rig.write({ 'b/colony.yaml': MANIFEST })
  const any = await rig.cpm(['install', 'hello@*'], { cwd: rig.path('b') })
  expect(any.stderr).toContain("warning: hello: '*' in colony.yaml allows every later version")
  expect(any.stderr).toContain('hint: cpm install hello@^1.0.0')
  const mended = await rig.cpm(['install', 'hello@^1.0.0'], { cwd: rig.path('b') })
  expect(mended.stderr).not.toContain('warning')
})

test('a locked package that nothing needs any more is listed as such, not as indirect', async () => {
  await rig.publish(['needs@1.0.0', { dependencies: { hello: '^1.0.0' } }])
  rig.write({ 'c/colony.yaml': MANIFEST })
  const cwd = rig.path('c')
  await rig.cpm(['install', 'needs'], { cwd })
  expect((await rig.cpm('list', { cwd })).stdout).toContain('hello 1.0.0 (indirect)')
  rig.write({ 'c/colony.yaml': MANIFEST })
  const { stdout } = await rig.cpm('list', { cwd })
  expect(stdout).toContain('hello 1.0.0 (nothing needs it: cpm install removes it)')
  expect((await rig.cpm('list --json', { cwd })).json.data).toMatchObject({
    packages: [
      { name: 'hello', needed: false },
      { name: 'needs', needed: false },
    ],
  })
})
