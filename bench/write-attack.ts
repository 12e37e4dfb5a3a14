/**
 * The other half of bench/server.ts: publishes to a server as fast as it answers, until standard input tells it to
 * stop, and prints how often each status was returned. It is a separate process, so that it doesn't slow down the
 * measurement.
 *
 * CPM_TOKEN=… node --import tsx bench/write-attack.ts <url> <registry folder with the packages> <connections>
 */
import fs from 'node:fs'
import path from 'node:path'
import { Pool } from 'undici'
import { archiveKey, envelopeKey, ownersKey } from '../src/registry/layout.ts'
import { PackageName } from '../src/schema/name.ts'
import { Version } from '../src/schema/version.ts'

const [url = '', folder = '', connections = '8'] = process.argv.slice(2)
const BOUNDARY = 'a-boundary-that-no-archive-holds'
const VERSION = Version.parse('1.0.0')
const names = fs.readdirSync(path.join(folder, 'index')).map((name) => PackageName.parse(name))
const statuses = new Map<number, number>()
let isOver = false
let next = 0

process.stdin.once('data', () => {
  isOver = true
  process.stdin.destroy()
})

/** The body of one publication, built before the attack: the benchmark measures the server, not the attacker. */
function bodyOf(name: PackageName, number: number): Buffer {
  const read = (key: string) => fs.readFileSync(path.join(folder, key))
  const archive = read(archiveKey(name, VERSION))
  // Every fourth archive is damaged, which only shows once all of it is read.
  if (number % 4 === 3) archive[archive.length - 20] = (archive.at(-20) ?? 0) ^ 1
  const [owners = ''] = read(ownersKey(name)).toString().split('\n')
  const part = (field: string, bytes: Buffer | string) => [
    `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${field}"; filename="${field}"\r\n\r\n`,
    bytes,
    '\r\n',
  ]
  const parts = [
    ...part('envelope', read(envelopeKey(name, VERSION))),
    ...part('owners', owners),
    ...part('archive', archive),
    `--${BOUNDARY}--\r\n`,
  ]
  return Buffer.concat(parts.map((bytes) => Buffer.from(bytes)))
}

const bodies = names.map(bodyOf)
const client = new Pool(url, { connections: Number(connections) })

async function publish(number: number): Promise<number> {
  // Every eighth request has no token.
  const authorization = number % 8 === 4 ? {} : { authorization: `Bearer ${process.env.CPM_TOKEN ?? ''}` }
  const { statusCode, body } = await client.request({
    path: '/api/v1/publish',
    method: 'POST',
    body: bodies[number % bodies.length] ?? '',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...authorization },
  })
  await body.dump()
  return statusCode
}

await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (!isOver) {
      const status = await publish(next++).catch(() => 0)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }),
)
await client.close()
console.log(JSON.stringify(Object.fromEntries(statuses)))
