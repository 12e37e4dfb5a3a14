/**
 * The other half of bench/server.ts: publishes to a server as fast as it answers, until it is told to stop on standard input, and prints how
 * often each status came back. A process of its own, so that it does not slow down what measures.
 *
 *     CPM_TOKEN=… node --import tsx bench/write-attack.ts <url> <registry folder with the packages> <connections>
 */
import fs from 'node:fs'
import path from 'node:path'
import { archiveKey, envelopeKey, ownersKey } from '../src/registry/layout.ts'
import { PackageName } from '../src/schema/name.ts'
import { Version } from '../src/schema/version.ts'

const [url = '', folder = '', connections = '8'] = process.argv.slice(2)
const VERSION = Version.parse('1.0.0')
const names = fs.readdirSync(path.join(folder, 'index')).map((name) => PackageName.parse(name))
const statuses = new Map<number, number>()
let isOver = false
let next = 0

process.stdin.once('data', () => {
  isOver = true
  process.stdin.destroy()
})

function bodyOf(number: number): FormData {
  const name = names[number % names.length]
  if (name === undefined) throw new Error(`no packages in ${folder}`)
  const read = (key: string) => fs.readFileSync(path.join(folder, key))
  const archive = read(archiveKey(name, VERSION))
  // One in four is damaged, and found out only when all of it was read.
  if (number % 4 === 3) archive[archive.length - 20] = (archive.at(-20) ?? 0) ^ 1
  const form = new FormData()
  form.append('envelope', new Blob([Uint8Array.from(read(envelopeKey(name, VERSION)))]), 'envelope')
  form.append('owners', read(ownersKey(name)).toString().split('\n')[0] ?? '')
  form.append('archive', new Blob([Uint8Array.from(archive)]), 'archive')
  return form
}

async function publish(number: number): Promise<number> {
  // One in eight comes without a token.
  const headers: Record<string, string> =
    number % 8 === 4 ? {} : { authorization: `Bearer ${process.env.CPM_TOKEN ?? ''}` }
  const response = await fetch(`${url}/api/v1/publish`, { method: 'POST', body: bodyOf(number), headers })
  await response.arrayBuffer()
  return response.status
}

await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (!isOver) {
      const status = await publish(next++).catch(() => 0)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }),
)
console.log(JSON.stringify(Object.fromEntries(statuses)))
