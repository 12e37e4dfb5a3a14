import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Rig } from '../rig/rig.ts'

test('a function reads the file that the user named, and a missing file is reported before anything runs', async () => {
  await using rig = await Rig.create()
  const folder = rig.package('sample@1.0.0', {
    inputs: [{ key: 'reads', type: 'path', required: true }],
    functions: [{ executortype: 'x', name: 'count', command: ['bin/count'] }],
    files: {
      'workflows/main.yaml': `kind: Workflow\nfunctions: [{ nodename: a, funcname: count, env: { READS: '\${inputs.reads}' }, conditions: { executortype: x } }]\n`,
      'bin/count': `#!/bin/sh\nprintf '["%s"]' "$(cat "$READS")" > "$CPM_OUTPUT"\n`,
    },
  })
  fs.chmodSync(path.join(folder, 'bin/count'), 0o755)
  const cwd = path.join(rig.root, 'caller')
  fs.mkdirSync(cwd)
  fs.writeFileSync(path.join(cwd, 'a.fq'), 'ACGT')
  const submit = ['submit', folder, '--engine', 'local', '--set']
  const done = await rig.cpm([...submit, 'reads=a.fq', '--json'], { cwd })
  expect(done.stderr + done.stdout).toContain('ACGT')
  const gone = await rig.cpm([...submit, 'reads=b.fq'], { cwd })
  expect(gone.code).toBe(2)
  expect(gone.stderr).toContain('--set: reads does not name an existing file or folder')
  expect((await rig.cpm('workflow list --json')).json.data).toMatchObject({ runs: [{ state: 'successful' }] })
  const env = { COLONIES_SERVER_HOST: 'localhost', COLONIES_COLONY_NAME: 'dev', COLONIES_PRVKEY: '1'.repeat(64) }
  const colony = await rig.cpm(['submit', folder, '--set', 'reads=a.fq', '--dry-run'], { cwd, env })
  expect(colony.stderr).toContain('--set: reads is relative to a folder on this machine')
})
