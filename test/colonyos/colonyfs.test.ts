import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { RPCS, type Rpc } from '../../src/schema/colony/rpcs.ts'
import { Rig } from '../rig/rig.ts'
import { TestS3 } from '../rig/s3.ts'
import { FILES } from '../engines/colonyos/files/harness.ts'
import { LiveColony, missing, title } from './live-colony.ts'

/** The colonies CLI, which downloads files as executors do, if the environment names it. */
const CLI = process.env.COLONIES_CLI ?? ''

interface Mounts {
  mount: string
  snapshots: { snapshotid: string; label: string; dir: string; keepsnapshot: boolean }[]
}

const ANY: Omit<Rpc<z.ZodUnknown>, 'type'> = { reply: z.unknown(), repeatable: false }

describe.skipIf(missing.length > 0)(`ColonyFS of ${title}`, () => {
  let live: LiveColony
  let rig: Rig
  let s3: TestS3
  let project: string
  let source: string
  /** snapshots and their labels */
  const used = new Map<string, string>()
  beforeAll(async () => {
    live = await LiveColony.open()
    rig = await Rig.create()
    s3 = await TestS3.start({ anySignature: CLI !== '' })
    const node = `{ nodename: a, funcname: cut, conditions: { executortype: ${live.type} } }`
    const { 'colony.yaml': _, 'lib/deep/colony.yaml': twin, ...files } = FILES
    source = rig.package('thumbs@1.0.0', {
      description: live.type, // gives it a separate tree
      files: {
        ...files,
        // The same name and content at two levels: the executors' client would mistake one for the other.
        LICENSE: twin ?? '',
        'lib/LICENSE': twin ?? '',
        'workflows/main.yaml': `kind: Workflow\npayload: colonyfs\nfunctions:\n  - ${node}\n`,
      },
    })
    await rig.cpm(['publish', source])
    project = rig.project()
    await rig.cpm('install thumbs', { cwd: project })
  })
  afterAll(async () => {
    const { client, colony: colonyname } = live
    for (const [snapshotid, name] of used) {
      await client.call({ ...ANY, type: 'removesnapshotmsg' }, { colonyname, snapshotid, name: '' })
      for (const { name: label } of await client.call(RPCS.getFileLabels, { colonyname, name, exact: false }))
        for (const file of await client.call(RPCS.getFiles, { colonyname, label }))
          await client.call({ ...ANY, type: 'removefilemsg' }, { colonyname, fileid: '', label, name: file.name })
    }
    await s3[Symbol.asyncDispose]()
    await rig[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
  })

  const environment = () => ({
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('COLONIES_'))),
    ...live.env(),
    ...s3.env,
  })
  const submit = () => rig.cpm('submit thumbs --json', { cwd: project, env: environment() as Record<string, string> })

  /** The mounts in a process, which show an executor where its files are. */
  async function mountOf() {
    const { processid } = await live.runOne(() => [])
    const process = await live.client.call({ ...ANY, type: 'getprocessmsg' }, { processid })
    const { fs: mounts } = (process as { spec: { fs: Mounts } }).spec // the server sends the whole spec
    const [snapshot] = mounts.snapshots
    if (!snapshot) throw new Error('no snapshot')
    used.set(snapshot.snapshotid, snapshot.label)
    return { mount: mounts.mount, snapshot }
  }

  const ofSource = () =>
    Object.fromEntries(rig.files(source).map((file) => [`thumbs/${file}`, fs.readFileSync(path.join(source, file))]))

  test('an executor finds every byte, even if another member writes under the label later', async () => {
    const { client, colony: colonyname } = live
    expect((await submit()).code).toBe(0)
    const { mount, snapshot } = await mountOf()
    expect([mount, snapshot.dir, snapshot.keepsnapshot]).toEqual(['/cfs', '/cpm/{processid}', true])

    const { snapshotid } = snapshot
    const pinned = await client.call(RPCS.getSnapshot, { colonyname, snapshotid, name: '' })
    const evil = { colonyname, label: `${pinned.label}/thumbs/bin`, name: 'run.mjs', size: 4, checksum: 'evil' }
    const s3object = { server: '', port: 0, tls: false, accesskey: '', secretkey: '', region: '', encryptionkey: '', encryptionalg: '', object: 'evil', bucket: '' } // prettier-ignore
    await client.call(RPCS.addFile, {
      file: { ...evil, checksumalg: 'SHA256', ref: { protocol: 's3', s3object } },
    })

    const found: Record<string, Buffer | undefined> = {}
    for (const fileid of pinned.fileids) {
      const query = { colonyname, fileid, label: '', name: '', latest: false }
      const [file] = await client.call(RPCS.getFile, query)
      if (!file) throw new Error(`no file ${fileid}`)
      const folder = file.label.slice(pinned.label.length + 1)
      found[path.posix.join(folder, file.name)] = s3.object(file.ref.s3object.object)
    }
    const { 'tree.txt': table, ...files } = found
    expect(files).toEqual(ofSource())
    expect(table?.toString()).toMatch(/^cpm-file-table-1/)

    if (CLI !== '') {
      const target = rig.path('downloaded')
      const args = ['fs', 'snapshot', 'download', '--snapshotid', snapshotid, '--dir', target]
      await execa(CLI, args, {
        env: { ...environment(), AWS_S3_REGION: 'us-east-1', TZ: 'UTC' },
      })
      const downloaded = rig.files(target).filter((file) => file !== 'tree.txt')
      expect(Object.fromEntries(downloaded.map((file) => [file, fs.readFileSync(path.join(target, file))]))).toEqual(
        ofSource(),
      )
    }

    const refused = await submit()
    expect([refused.code, refused.json.error?.code]).toEqual([5, 'COLONYFS_MISMATCH'])
  })
})
