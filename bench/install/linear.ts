import fs from 'node:fs'
import path from 'node:path'
import { median, run, type Run } from './measure.ts'
import { BIN } from './prepare.ts'

const SIZES = [100, 1_000, 10_000]
/** The more packages, the less a single run is off. */
const runsOf = (size: number) => (size < 10_000 ? 3 : 1)

type Costs = Record<string, Run>

/** `--only linear`: what each package costs in projects of 100, 1,000 and 10,000 small packages from a folder. */
export async function measureLinear(scratch: string): Promise<void> {
  let smaller: { size: number; costs: Costs } | undefined
  for (const size of SIZES) {
    const place = path.join(scratch, String(size))
    const costs = await costsOf(size, place)
    for (const [what, { wall, cpu, memory }] of Object.entries(costs)) {
      const before = smaller?.costs[what]
      const ratio =
        smaller && before ? `${(cpu / size / (before.cpu / smaller.size)).toFixed(2)} x CPU of ${smaller.size}` : ''
      const each = `${((wall / size) * 1000).toFixed(2)} ms, ${((cpu / size) * 1000).toFixed(2)} ms CPU each`
      console.log(
        `${String(size).padStart(6)} ${what.padEnd(14)} ${wall.toFixed(2).padStart(7)} s ${each.padEnd(28)} ${memory.toFixed(0).padStart(5)} MB  ${ratio}`,
      )
    }
    smaller = { size, costs }
    fs.rmSync(place, { recursive: true })
  }
}

async function costsOf(size: number, place: string): Promise<Costs> {
  const project = path.join(place, 'project')
  const folders = Array.from({ length: size }, (_, number) => writePackage(path.join(place, 'packages'), number, size))
  fs.mkdirSync(project)
  fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\ndependencies: { p0: 1.0.0 }\n')
  const [author, user] = [path.join(place, 'author'), path.join(place, 'user')]
  const registry = path.join(author, 'registry')
  const cpm = async (home: string, ...words: string[]) => {
    const env = { PATH: process.env.PATH, HOME: place, CPM_HOME: home, CPM_REGISTRY: home === user ? registry : '' }
    return await run([process.execPath, BIN, ...words, '--quiet'], { cwd: project, env })
  }
  await cpm(author, 'key', 'generate')
  const publish = await cpm(author, 'publish', '--no-test', ...folders)
  const cold: Run[] = []
  for (let number = 0; number < runsOf(size); number++) {
    for (const old of [user, path.join(project, 'colony_packages'), path.join(project, 'colony.lock')])
      fs.rmSync(old, { recursive: true, force: true })
    cold.push(await cpm(user, 'install'))
  }
  await cpm(user, 'install')
  const again = async (...words: string[]) => {
    const runs: Run[] = []
    for (let number = 0; number < runsOf(size); number++) runs.push(await cpm(user, ...words))
    return median(runs)
  }
  return {
    publish,
    'cold install': median(cold),
    'no-op install': await again('install'),
    'no-op ci': await again('ci'),
    'ci --prove': await again('ci', '--prove'),
  }
}

/** Writes a package that requires up to four others. The first one requires all of them, directly or not. */
function writePackage(parent: string, number: number, size: number): string {
  const folder = path.join(parent, `p${number}`)
  const others = [1, 2, 3].map((child) => 3 * number + child)
  others.push(number + 1 + ((number * 7919) % Math.max(1, size - number - 1)))
  const dependencies = [...new Set(others)].filter((other) => other < size).map((other) => `  p${other}: ^1.0.0\n`)
  const files = {
    'colony.yaml': `apiVersion: v1\nname: p${number}\nversion: 1.0.0\n${dependencies.length > 0 ? `dependencies:\n${dependencies.join('')}` : ''}`,
    'README.md': `# p${number}\n`,
    'lib/run.js': `console.log(${number})\n`,
    'lib/data.json': JSON.stringify({ number, text: 'x'.repeat(number % 1000) }),
  }
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), text)
  }
  return folder
}
