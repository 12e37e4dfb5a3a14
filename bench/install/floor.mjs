/**
 * The floor of a cold install: unpacks every archive below a folder with one bare worker thread per core. Gunzips whole
 * archives, hashes them with BLAKE3 and writes each file; checks and links nothing.
 *
 * node bench/install/floor.mjs <folder with .cpm files> <target>
 */
import { createRequire } from 'node:module'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import zlib from 'node:zlib'

if (isMainThread) {
  const [folder, target] = process.argv.slice(2)
  const archives = fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.cpm') || name.endsWith('.tgz'))
    .map((name) => path.join(folder, name))
    .sort((a, b) => fs.statSync(b).size - fs.statSync(a).size)
  fs.mkdirSync(target)
  let next = 0
  for (let core = 0; core < os.availableParallelism(); core++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: target })
    const give = () => worker.postMessage(next < archives.length ? [archives[next], next++] : undefined)
    worker.on('message', give)
    give()
  }
} else {
  const { blake3 } = createRequire(import.meta.url)('@napi-rs/blake-hash')
  parentPort.on('message', (work) => {
    if (work === undefined) return parentPort.close()
    const [archive, number] = work
    const bytes = fs.readFileSync(archive)
    blake3(bytes)
    unpack(zlib.gunzipSync(bytes), path.join(workerData, String(number)))
    parentPort.postMessage(undefined)
  })
}

/** Writes the files of a tar with plain headers and pax paths. */
function unpack(tar, target) {
  const made = new Set()
  let long
  for (let at = 0; tar[at] !== 0;) {
    const size = parseInt(tar.toString('latin1', at + 124, at + 135), 8)
    const contents = tar.subarray(at + 512, at + 512 + size)
    if (tar[at + 156] === 120) long = /path=([^\n]*)/.exec(contents.toString())?.[1]
    else {
      const name = long ?? tar.toString('utf8', at, tar.indexOf(0, at))
      long = undefined
      const file = path.join(target, name)
      const folder = path.dirname(file)
      if (!made.has(folder)) fs.mkdirSync(folder, { recursive: true })
      made.add(folder)
      const fd = fs.openSync(file, 'wx')
      fs.writeSync(fd, contents)
      fs.closeSync(fd)
    }
    at += 512 + Math.ceil(size / 512) * 512
  }
}
