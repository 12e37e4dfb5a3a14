import fs from 'node:fs'
import path from 'node:path'
import { FakeColony } from './colony.ts'
import { Rig } from './rig.ts'
import { blocksIn, Shell, type ShellLine } from './shell.ts'

const PAGE = path.resolve(import.meta.dirname, '../../docs/getting-started.md')

/** Where the session of the page is recorded. */
export const SESSION_FILE = path.resolve(import.meta.dirname, '../../docs/first-ten-minutes.txt')

/**
 * Runs the commands of docs/getting-started.md on a new machine, with a colony that counts words, as a reader would.
 * @returns the session as text that is the same each time
 */
export async function playFirstSession(): Promise<{ text: string; failed: ShellLine[] }> {
  await using rig = await Rig.create()
  await using colony = await FakeColony.start()
  serveContainers(colony)
  const lines: ShellLine[] = []
  const shell = new Shell(rig, {
    cwd: rig.root,
    env: { CPM_HOME: rig.path('.cpm') },
    onLine: (line) => lines.push(line),
  })
  for (const block of blocksIn(fs.readFileSync(PAGE, 'utf8'))) {
    // A person types the key, but this has no terminal.
    const typed = block.replace('http://localhost:50080', colony.url.origin).replace('--ask-key', '--key-stdin')
    await shell.runBlock(typed, { stdin: colony.user.key })
  }
  const text = lines.map(({ line, result }) => `$ ${line}\n${printed(result)}`).join('\n')
  return { text: settled(text, rig, colony), failed: lines.filter(({ result }) => result && result.code !== 0) }
}

/** Lets a colony run containers that count words. */
function serveContainers(colony: FakeColony): void {
  const executortype = 'container-executor'
  colony.executors = [{ executorname: 'docker-1', executortype, state: 1 }]
  colony.functions = [{ executorname: 'docker-1', executortype, funcname: 'execute' }]
  colony.afterRequest = () => {
    for (let next = colony.state.assign(colony.executor.id); next; next = colony.state.assign(colony.executor.id)) {
      const { args } = next.spec.kwargs as { args: string[] }
      const words = (args.at(-1) ?? '').split(' ').length
      colony.state.log(next.processid, `${words}\n`)
      colony.state.succeed(next.processid, [words])
    }
  }
}

/** Progress, which a terminal draws and then clears. The order of nodes that run at the same time differs. */
const PROGRESS = /^(?:resolving|resolved|unpacked|✓) /

function printed(result: ShellLine['result']): string {
  if (!result) return ''
  const stderr = result.stderr
    .split('\n')
    .filter((line) => !PROGRESS.test(line))
    .join('\n')
  return [stderr, result.stdout].flatMap((text) => (text === '' ? [] : `${text}\n`)).join('')
}

/** Replaces what differs each time: folders, ports, ids, keys, digests and times. */
function settled(text: string, rig: Rig, colony: FakeColony): string {
  const names = new Map<string, string>()
  const nth = (found: string, form: (index: number) => string) => {
    if (!names.has(found)) names.set(found, form(names.size))
    return names.get(found) ?? found
  }
  return text
    .replaceAll(rig.root, '~')
    .replaceAll(colony.url.origin, 'http://localhost:50080')
    .replaceAll('--key-stdin', '--ask-key')
    .replaceAll(/\b\d{8}-\d{6}-[0-9a-z]+\b/g, (id) => nth(id, (index) => `20260314-0915${String(10 + index)}-a1b2`))
    .replaceAll(/\b[0-9a-f]{16,}(?=\b|…)/g, (hex) => nth(hex, (index) => `${index}c`.repeat(hex.length / 2)))
    .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d\b/g, '2026-03-14 09:15')
    .replaceAll(/\b(?:\d+ min )?\d+(?:\.\d+)? (?:ms|s)\b/g, '0.1 s')
    .replaceAll(/\b\d+ minutes? ago\b/g, 'just now')
}
