import fs from 'node:fs'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

const isRoot = process.getuid?.() === 0

test.runIf(isRoot)(
  'G06 an account without a home folder gets a clear error, but only if a home is needed',
  async () => {
    await using rig = await Rig.create()
    const folder = rig.package('a@1.0.0')
    const project = rig.project()
    for (const open of [rig.root, rig.path('packages'), folder, project]) fs.chmodSync(open, 0o777)
    const without = { env: { HOME: '', CPM_HOME: '' }, account: { uid: 4321, gid: 4321 } }
    const run = (command: string, cwd: string) => rig.binary(command, { ...without, cwd, withoutKey: true })
    for (const [command, cwd] of [
      ['help', folder],
      ['--version', folder],
      ['validate', folder],
      [`pack -o ${rig.path('a.cpm')}`, folder],
      ['test', folder],
    ] as const) {
      const { code, stderr } = await run(command, cwd)
      expect(code, `${command}: ${stderr}`).toBe(0)
    }
    for (const command of ['install --json', 'key list --json']) {
      expect((await run(command, project)).json.error?.code, command).toBe('HOME_NOT_FOUND')
    }
  },
)
