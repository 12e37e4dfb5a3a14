/** The process that reads: runs cases from the first to the last, and reports each before it begins. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Chance } from '../resolver/chance.ts'
import { removeMachine } from './project.ts'
import { stopServer } from './requests.ts'
import { READERS, unlessRefused } from './readers.ts'

const [seed = 0, first = 0, last = 0] = process.argv.slice(2, 5).map(Number)
const only = process.argv[5] ?? ''
/** A whole command takes as long as a hundred readers, and a request as ten. */
const RARE = ['project', 'bodies of requests']
const often = Object.keys(READERS).filter((name) => !RARE.includes(name))
const names = only === '' ? [...Array<string[]>(7).fill(often).flat(), ...RARE] : [only]
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpm-fuzz-'))
const report = (message: object) => fs.writeSync(1, `${JSON.stringify(message)}\n`)

const stop = new AbortController()
process.on('SIGTERM', () => {
  stop.abort()
})
try {
  for (let number = first; number < last && !stop.signal.aborted; number++) {
    const chance = new Chance((seed ^ Math.imul(number, 0x9e3779b1)) >>> 0)
    const name = names[number % names.length] ?? ''
    const reader = READERS[name]
    if (!reader) break
    const input = await reader.make(chance)
    report({ case: number, reader: name, rss: process.resourceUsage().maxRSS })
    try {
      await reader.read(input, scratch)
    } catch (error) {
      try {
        unlessRefused(error)
      } catch {
        report({ failed: number, stack: error instanceof Error ? error.stack : String(error) })
      }
    }
    // Signals are only received between cases.
    if (number % 64 === 0) await new Promise(setImmediate)
  }
  report({ done: true, rss: process.resourceUsage().maxRSS })
} finally {
  await stopServer()
  await removeMachine()
  fs.rmSync(scratch, { recursive: true, force: true })
}
