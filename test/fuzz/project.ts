import fs from 'node:fs'
import path from 'node:path'
import type { Chance } from '../resolver/chance.ts'
import { Rig } from '../rig/rig.ts'
import { mutateBytes, mutateValue } from './mutate.ts'

/** Commands that read what others wrote, without a network. */
const COMMANDS = [
  ...[
    'install',
    'ci',
    'ci --offline',
    'ci --prove',
    'verify',
    'list',
    'outdated',
    'why b',
    'why-not b@2.0.0',
    'update',
  ],
  ...[
    'update --latest',
    'info a',
    'info b@1.0.0',
    'search',
    'gc',
    'gc --dry-run',
    'gc --forget-missing',
    'store verify',
    'store verify --repair',
  ],
  ...['cache size', 'cache clean', 'submit a --dry-run', 'owner list a', 'key list', 'context list', 'uninstall a'],
  ...['install c', 'resolve', 'values show a', 'path a', 'cache clean --all', 'yank a@1.0.0', 'install --copy'],
]

interface Machine {
  readonly rig: Rig
  readonly project: string
  /** a copy of everything, as it was before anything was changed */
  readonly original: string
  /** the files to change, relative to the root of the rig */
  readonly files: readonly string[]
}

/** A file that is none of cpm's, where a hostile path such as `../x` leads. */
const SENTINEL = 'x'

let machine: Promise<Machine> | undefined

/** Makes a machine with a registry, a store, and a project that uses some of its packages. */
async function makeMachine(): Promise<Machine> {
  const rig = await Rig.create()
  await rig.publish(['b@1.0.0', { files: { 'x/y.txt': 'y' } }], 'c@1.0.0', ['a@1.0.0', { dependencies: { b: '^1' } }])
  await rig.publish('b@1.1.0', ['a@1.1.0', { dependencies: { b: '^1' } }])
  const project = rig.project({ dependencies: { a: '1.0.0' } })
  rig.write({ '.cpmrc': '{"install":{"mode":"link"}}', 'values.yaml': 'a: {}\n' }, project)
  rig.write({ 'home/config.json': '{"security":{"requireSignatures":true}}' })
  await rig.cpm('key distrust ' + '1'.repeat(64))
  for (const command of ['install', 'ci', 'list']) await rig.cpm(command, { cwd: project })
  const files = rig.files(rig.root).filter((file) => !/(?<!colony)\.lock$|(^|\/)tmp\//.test(file))
  const original = `${rig.root}-original`
  for (const folder of [rig.root, rig.home, project]) fs.writeFileSync(path.join(folder, SENTINEL), SENTINEL)
  copy(rig.root, original)
  return { rig, project, original, files }
}

function copy(from: string, to: string): void {
  remove(to)
  fs.cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
}

function remove(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Describes what to do: which file to change, to what, and which commands to run then. */
export async function makeIncident(chance: Chance): Promise<Buffer> {
  machine ??= makeMachine()
  const { rig, original, files } = await machine
  const changes = Array.from({ length: 1 + chance.below(2) }, () => {
    const file = chance.pick(files)
    const bytes = read(path.join(original, file))
    const others = [bytes, read(path.join(original, chance.pick(files)))]
    return { file, contents: changed(chance, bytes, others).toString('base64') }
  })
  const commands = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(COMMANDS))
  return Buffer.from(JSON.stringify({ changes, commands, root: rig.root }))
}

function changed(chance: Chance, bytes: Buffer, others: Buffer[]): Buffer {
  if (chance.happens(0.1)) return Buffer.alloc(0)
  if (chance.happens(0.4)) return mutateBytes(chance, bytes, others)
  try {
    const lines = bytes.toString().trim().split('\n')
    const values = chance.happens(0.5)
      ? [JSON.parse(bytes.toString())]
      : lines.map((line) => JSON.parse(line) as unknown)
    return Buffer.from(`${values.map((value) => JSON.stringify(mutateValue(chance, value))).join('\n')}\n`)
  } catch {
    return mutateBytes(chance, bytes, others)
  }
}

function read(file: string): Buffer {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true ? fs.readFileSync(file) : Buffer.alloc(0)
}

interface Incident {
  changes: { file: string; contents: string }[]
  commands: string[]
}

/** Changes files of the machine and runs commands. Each must succeed, or fail with an error that has a code. */
export async function sufferIncident(input: Buffer): Promise<void> {
  machine ??= makeMachine()
  const { rig, project, original } = await machine
  const { changes, commands } = JSON.parse(input.toString()) as Incident
  copy(original, rig.root)
  for (const { file, contents } of changes) {
    const place = path.join(rig.root, file)
    if (!fs.lstatSync(place).isFile()) continue
    const { mode } = fs.statSync(place)
    fs.chmodSync(place, 0o600)
    fs.writeFileSync(place, Buffer.from(contents, 'base64'))
    fs.chmodSync(place, mode)
  }
  for (const command of commands) {
    const { stdout, stderr } = await rig.cpm(`${command} --json`, { cwd: project })
    const { success, error } = JSON.parse(stdout) as { success: boolean; error: { code: string } | null }
    if (!success && (error === null || error.code === 'INTERNAL'))
      throw new Error(
        `cpm ${command} after a change of ${changes.map(({ file }) => file).join(' and ')}: ${stdout}${stderr}`,
      )
    for (const folder of [rig.root, rig.home, project])
      if (read(path.join(folder, SENTINEL)).toString() !== SENTINEL) throw new Error(`cpm ${command} changed ${folder}`)
  }
}

export async function removeMachine(): Promise<void> {
  const made = await machine
  if (!made) return
  remove(made.original)
  await made.rig[Symbol.asyncDispose]()
}
