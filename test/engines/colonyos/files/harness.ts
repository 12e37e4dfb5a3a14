import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Agent } from 'undici'
import { EnvironmentVariables } from '../../../../src/core/environment-variables.ts'
import type { Tree } from '../../../../src/schema/digest.ts'
import type { CpmEvent } from '../../../../src/schema/events.ts'
import { blake3 } from '../../../../src/core/blake3.ts'
import { compareEntryPaths } from '../../../../src/package/entry-path.ts'
import { treeOf, writeFileTable } from '../../../../src/package/file-table.ts'
import { provenFiles } from '../../../../src/package/prove.ts'
import { ColonyFsUploader, planUpload } from '../../../../src/engines/colonyos/files/colonyfs-uploader.ts'
import { S3Client } from '../../../../src/engines/colonyos/files/s3-client.ts'
import { s3FromEnvironment } from '../../../../src/engines/colonyos/files/s3-place.ts'
import { ColonyClient } from '../../../../src/engines/colonyos/client.ts'
import { identityOf } from '../../../../src/engines/colonyos/identity.ts'
import { labelOf, type Upload } from '../../../../src/engines/colonyos/payload.ts'
import { FakeColony } from '../../../rig/colony.ts'
import { TestS3 } from '../../../rig/s3.ts'

export type Files = Record<string, string | Uint8Array>

/**
 * Files that a naive client gets wrong: empty files, the same name and content twice, names that need escaping in URLs.
 */
export const FILES: Files = {
  'colony.yaml': 'apiVersion: v1\nname: thumbs\nversion: 1.0.0\n',
  'bin/run.mjs': '#!/usr/bin/env node\n',
  'lib/empty': '',
  'lib/note': 'as packaged!',
  'lib/deep/colony.yaml': 'apiVersion: v1\nname: thumbs\nversion: 1.0.0\n',
  'lib/deep/naïve name (1)+&%20.txt': Buffer.from([0, 255, 10, 13, 128]),
}

/** Writes files to a folder and returns their tree. */
export function writeTree(root: string, files: Files): Tree {
  const rows = Object.entries(files).map(([name, contents]) => {
    const [file, bytes] = [path.join(root, name), Buffer.from(contents)]
    const executable = bytes.toString().startsWith('#!')
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, bytes, { mode: executable ? 0o755 : 0o644 })
    return { path: name, size: bytes.length, executable, blake3: blake3(bytes) }
  })
  return treeOf(writeFileTable(rows.sort((a, b) => compareEntryPaths(a.path, b.path))))
}

/** A colony, an S3 and a package on this machine. */
export class Yard {
  readonly colony: FakeColony
  readonly s3: TestS3
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-colonyfs-'))
  readonly events: CpmEvent[] = []
  readonly upload: Upload
  readonly #dispatcher = new Agent()
  readonly #files: Files

  private constructor(colony: FakeColony, s3: TestS3, files: Files) {
    this.colony = colony
    this.s3 = s3
    this.#files = files
    const tree = writeTree(this.root, files)
    this.upload = { label: labelOf(tree), package: { name: 'thumbs', version: '1.0.0', tree, registry: { id: 'r' } } }
  }

  static async open(files: Files = FILES): Promise<Yard> {
    return new Yard(await FakeColony.start(), await TestS3.start(), files)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispatcher.destroy()
    await this.colony[Symbol.asyncDispose]()
    await this.s3[Symbol.asyncDispose]()
    fs.rmSync(this.root, { recursive: true, force: true })
  }

  /** Resets everything for the next test. */
  clear(): void {
    writeTree(this.root, this.#files)
    this.colony.fs.clear()
    this.colony.beforeRequest = () => undefined
    this.s3.clear()
    this.s3.fault = () => undefined
    for (const list of [this.events, this.colony.requests, this.colony.bodies, this.s3.requests]) list.length = 0
  }

  get tree(): string {
    return this.upload.package.tree
  }

  uploader({
    env = {},
    signal,
    timeout = 2000,
  }: { env?: Record<string, string>; signal?: AbortSignal; timeout?: number } = {}) {
    const wire = { url: this.colony.url, dispatcher: this.#dispatcher, timeout, signal }
    const client = new ColonyClient({ wire, colony: 'dev', identity: identityOf(this.colony.user.key, 'the key') })
    const place = s3FromEnvironment(new EnvironmentVariables({ ...this.s3.env, ...env }), () => false)
    if (!place) throw new Error('no S3')
    const s3 = new S3Client({ place, dispatcher: this.#dispatcher, timeout, signal })
    const filesOf = () => {
      const proven = provenFiles(this.root, this.tree as Tree)
      return proven ? Promise.resolve({ root: this.root, ...proven }) : Promise.reject(new Error('not proven'))
    }
    const emit = (event: CpmEvent) => void this.events.push(event)
    return new ColonyFsUploader({ client, s3, plan: (upload) => planUpload(upload, filesOf), emit })
  }

  /** Uploads the package as a submission does. */
  async send(options: Parameters<Yard['uploader']>[0] = {}): Promise<string> {
    return await (await this.uploader(options).plan(this.upload)).send()
  }

  /** Returns the files of a snapshot by the path where an executor would write them. */
  read(snapshotid: string): Files {
    const { fs: colonyFs } = this.colony
    const snapshot = colonyFs.snapshots.find((one) => one.snapshotid === snapshotid)
    if (!snapshot) throw new Error(`no snapshot ${snapshotid}`)
    const files = snapshot.fileids.map((id) => {
      const revision = colonyFs.files.find(({ fileid }) => fileid === id)
      if (!revision) throw new Error(`no revision ${id}`)
      const folder = revision.label.slice(snapshot.label.length + 1)
      const bytes = this.s3.object(String(revision.ref.s3object.object))
      if (!bytes) throw new Error(`no bytes of ${revision.name}`)
      return [path.posix.join(folder, revision.name), bytes] as const
    })
    return Object.fromEntries(files)
  }
}
