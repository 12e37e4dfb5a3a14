/**
 * Resolves worlds in a fresh process, as a command does: `node first-call.mjs RESOLVER.js WORLDS.json` prints one line
 * of JSON, with the milliseconds of loading the resolver, of the first time, and of the fastest later time.
 */
import fs from 'node:fs'
import { pathToFileURL } from 'node:url'

const LATER = 6

const [resolver = '', file = ''] = process.argv.slice(2)
const worlds = JSON.parse(fs.readFileSync(file, 'utf8'))

const beforeLoad = performance.now()
const { resolveUniverse } = await import(pathToFileURL(resolver).href)
const load = performance.now() - beforeLoad

function timed() {
  const cpu = process.cpuUsage()
  const started = performance.now()
  for (const world of worlds) resolveUniverse(world)
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  return { ms, cpu: (user + system) / 1000 }
}

const first = timed()
const later = Array.from({ length: LATER }, timed).sort((a, b) => a.ms - b.ms)[0]
console.log(JSON.stringify({ load, first: first.ms, firstCpu: first.cpu, later: later.ms, laterCpu: later.cpu }))
