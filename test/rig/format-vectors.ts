/**
 * The golden vectors of docs/formats.md. After a deliberate change of a format, `npx tsx test/rig/format-vectors.ts`
 * rewrites them; test/formats/vectors.test.ts checks that the current code still writes the same.
 */
import fs from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { blake3 } from '../../src/core/blake3.ts'
import { createPool, type Pool } from '../../src/core/pool.ts'
import { publicKeyOf, sign } from '../../src/package/ed25519.ts'
import { preAuthEncoding, writeEnvelope, writeStatement } from '../../src/package/signed-envelope.ts'
import { firstOwnersRecord, ownersPayload, writeOwnersLine } from '../../src/package/owners.ts'
import { filesToPack } from '../../src/package/files-to-pack.ts'
import { pack } from './pack.ts'
import * as tasks from '../../src/package/tasks.ts'
import { PAYLOAD_TYPE } from '../../src/schema/envelope.ts'

export const VECTORS = path.resolve(import.meta.dirname, '../../fixtures/formats')
/** a test key whose secret is public */
const SEED = Buffer.alloc(32, 7)
const SECOND_SEED = Buffer.alloc(32, 9)

/** Makes a file of each format from the sample package. */
export async function makeVectors(pool: Pool, scratch: string) {
  const folder = path.join(VECTORS, 'sample')
  const archive = path.join(scratch, 'sample-1.2.0.cpm')
  const { manifest, contents } = await pack(folder, { pool, output: archive })
  const { files, executables } = manifest
  const packed = filesToPack(folder, { files, executables, allow: [] })
  const { table } = await pool.run(tasks.pack, { root: folder, files: packed, output: `${archive}.again` })
  const digests = await pool.run(tasks.digest, { file: archive })
  const key = publicKeyOf(SEED)
  const second = publicKeyOf(SECOND_SEED)
  const payload = writeStatement(manifest, contents, digests)
  const envelope = writeEnvelope(payload, [{ keyid: key, sig: sign(preAuthEncoding(PAYLOAD_TYPE, payload), SEED) }])
  const first = firstOwnersRecord(manifest.name, key)
  const firstLine = writeOwnersLine(first, key, sign(ownersPayload(first), SEED))
  const next = { ...first, number: 2, previous: blake3(firstLine), keys: [key, second] }
  const nextLine = writeOwnersLine(next, key, sign(ownersPayload(next), SEED))
  return {
    archive: fs.readFileSync(archive),
    tar: gunzipSync(fs.readFileSync(archive)),
    table,
    envelope,
    owners: `${firstLine}\n${nextLine}\n`,
    summary: { key, tree: contents.tree, files: contents.files, size: contents.size, tar: contents.tar },
  }
}

if (process.argv[1] === import.meta.filename) {
  const pool = createPool()
  const scratch = fs.mkdtempSync('/tmp/cpm-vectors-')
  const { archive, tar, table, envelope, owners, summary } = await makeVectors(pool, scratch)
  await pool.close()
  fs.rmSync(scratch, { recursive: true })
  const write = (name: string, contents: string | Uint8Array) => {
    fs.writeFileSync(path.join(VECTORS, name), contents)
  }
  write('sample-1.2.0.cpm', archive)
  write('sample-1.2.0.tar', tar)
  write('sample-1.2.0.dsse', envelope)
  write('sample.table', table)
  write('sample.owners', owners)
  write('expected.json', `${JSON.stringify(summary, null, 2)}\n`)
}
