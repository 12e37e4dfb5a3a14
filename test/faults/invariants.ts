import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { readLock } from '../../src/installer/lockfile.ts'
import { ProjectNotes } from '../../src/installer/keep/project-notes.ts'
import type { Rig } from '../rig/rig.ts'
import type { Stage } from './scene.ts'

/** Returns a digest of everything on a machine that is in none of the folders. */
export function outside(rig: Rig, folders: readonly string[]): string {
  const hash = createHash('sha256')
  const walk = (folder: string) => {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name)
      if (folders.includes(file)) continue
      const { mode, size } = fs.lstatSync(file)
      hash.update(JSON.stringify([file, mode, entry.isDirectory() ? 0 : size]))
      if (entry.isDirectory()) walk(file)
      else hash.update(entry.isSymbolicLink() ? fs.readlinkSync(file) : fs.readFileSync(file))
    }
  }
  walk(rig.root)
  return hash.digest('hex')
}

/** Returns what is broken on a machine where a command was killed. */
export function brokenInvariants(rig: Rig, { cwd, roots }: Pick<Stage, 'cwd' | 'roots'>): string[] {
  return [...roots.flatMap(brokenFiles), ...brokenLock(path.join(cwd, 'colony.lock')), ...brokenNotes(rig)]
}

/** the contents of packages, and what only its process reads */
const NOT_STATE =
  /(?:^|\/)(?:[0-9a-f]{64}|packages\/.*|node_modules|tmp|staging|[0-9a-f]{8}-[0-9]+-[0-9]+-[0-9a-f]{8})\//

function brokenFiles(root: string): string[] {
  if (!fs.existsSync(root)) return []
  const names = fs.readdirSync(root, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => name.endsWith('.json') && !NOT_STATE.test(name))
    .map((name) => path.join(root, name))
    .filter((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .flatMap((file) => {
      try {
        JSON.parse(fs.readFileSync(file, 'utf8'))
        return []
      } catch {
        return [`${file} can't be parsed`]
      }
    })
}

function brokenLock(file: string): string[] {
  try {
    readLock(file)
    return []
  } catch (error) {
    return [`${file} can't be read: ${String(error)}`]
  }
}

function brokenNotes(rig: Rig): string[] {
  const notes = new ProjectNotes(path.join(rig.store, 'projects'), () => '').list()
  return notes.filter(({ trees }) => trees === undefined).map(({ file }) => `the note ${file} can't be read`)
}

/** Every entry of the store is as it was signed. */
export async function brokenStore(rig: Rig): Promise<string[]> {
  const { json, code } = await rig.cpm('store verify --json')
  if (code === 0) return []
  return [`the store is damaged: ${json.error?.message}`]
}
