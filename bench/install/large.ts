import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { memoryOf, type Run, run } from './measure.ts'
import { BIN } from './prepare.ts'

/** 2 GB. A fifth of it is random, so that the archive stays below the limit of 512 MiB. */
const SIZE = 2e9
const BLOCK = 16 * 1024
const REPEATED = 5

/** Starts `cpm serve` for a folder. */
export type Serve = (registry: string) => Promise<{ url: string; pid: number; token: string }>

/** `--only large`: time and memory of each command with one package of 2 GB. */
export async function measureLarge(scratch: string, serve: Serve): Promise<void> {
  const [author, user] = [path.join(scratch, 'author'), path.join(scratch, 'user')]
  const folder = path.join(scratch, 'large')
  writePackage(folder)
  const cpm = async (what: string, words: string[], more: NodeJS.ProcessEnv = {}, home = author, cwd = scratch) => {
    const env = { PATH: process.env.PATH, HOME: scratch, CPM_HOME: home, CPM_INSECURE: '1', ...more }
    report(what, await run([process.execPath, BIN, ...words, '--quiet'], { cwd, env }))
  }
  await cpm('generate a key', ['key', 'generate'])
  await cpm('publish, folder', ['publish', '--no-test', folder])
  const registry = path.join(author, 'registry')
  const server = await serve(path.join(scratch, 'served'))
  const remote = { CPM_REGISTRY: server.url, CPM_TOKEN: server.token }
  await cpm('publish, server', ['publish', '--no-test', folder], remote)
  console.log(`${'server after that'.padEnd(20)} ${memoryOf(server.pid).toFixed(0).padStart(19)} MB`)
  fs.rmSync(folder, { recursive: true })
  for (const [where, env] of [
    ['folder', { CPM_REGISTRY: registry }],
    ['server', remote],
  ] as const) {
    const project = path.join(scratch, 'project')
    for (const old of [project, user]) fs.rmSync(old, { recursive: true, force: true })
    fs.mkdirSync(project)
    fs.writeFileSync(path.join(project, 'colony.yaml'), 'apiVersion: v1\ndependencies: { large: 1.0.0 }\n')
    await cpm(`install, ${where}`, ['install'], env, user, project)
    await cpm(`verify, ${where}`, ['verify'], env, user, project)
    await cpm(`ci --prove, ${where}`, ['ci', '--prove'], env, user, project)
  }
  console.log(`${'server at the end'.padEnd(20)} ${memoryOf(server.pid).toFixed(0).padStart(19)} MB`)
}

function writePackage(folder: string): void {
  fs.mkdirSync(folder)
  fs.writeFileSync(path.join(folder, 'colony.yaml'), 'apiVersion: v1\nname: large\nversion: 1.0.0\n')
  const file = fs.openSync(path.join(folder, 'data.bin'), 'w')
  for (let size = 0; size < SIZE; size += BLOCK * REPEATED) {
    const block = randomBytes(BLOCK)
    fs.writevSync(
      file,
      Array.from({ length: REPEATED }, () => block),
    )
  }
  fs.closeSync(file)
}

function report(what: string, { wall, cpu, memory }: Run): void {
  const cells = [`${wall.toFixed(1).padStart(6)} s`, `${cpu.toFixed(1).padStart(6)} s CPU`, `${memory.toFixed(0)} MB`]
  console.log(`${what.padEnd(20)} ${cells.join(' ')}`)
}
