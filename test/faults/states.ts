import fs from 'node:fs'
import path from 'node:path'
import { parseIndex } from '../../src/registry/index-file.ts'
import { archiveKey, envelopeKey, indexKey, ownersKey } from '../../src/registry/layout.ts'
import type { PackageName } from '../../src/schema/name.ts'
import type { Rig } from '../rig/rig.ts'

/** Returns what users see of a project through cpm, and then its files. */
export async function projectState(rig: Rig, project: string, ...flags: string[]): Promise<unknown> {
  const { code } = await rig.cpm(['verify', ...flags], { cwd: project })
  const listed = await rig.cpm(['list', '--json', ...flags], { cwd: project })
  return { verified: code, listed: listed.json, ...filesOf(project) }
}

/** Returns whether each of these projects verifies. */
export async function seenOfProjects(rig: Rig, projects: readonly string[]): Promise<unknown> {
  const seen = []
  for (const cwd of projects) {
    const { code, stderr } = await rig.cpm('verify', { cwd })
    seen.push({ cwd, code, stderr, ...filesOf(cwd) })
  }
  return seen
}

/** Returns the manifest, the lock and the packages of a project: links with their targets, and all files of copies. */
function filesOf(project: string): Record<string, unknown> {
  const text = (name: string) => {
    const file = path.join(project, name)
    return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null
  }
  return {
    manifest: text('colony.yaml'),
    lock: text('colony.lock'),
    packages: packagesIn(path.join(project, 'colony_packages')),
  }
}

function packagesIn(folder: string): Record<string, string> {
  if (!fs.existsSync(folder)) return {}
  const found = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name)
    const name = path.relative(folder, file)
    if (name.startsWith('.') || entry.isDirectory()) return []
    return [[name, entry.isSymbolicLink() ? fs.readlinkSync(file) : fs.readFileSync(file, 'utf8')] as const]
  })
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export interface PublicationState {
  readonly name: string
  readonly versions: readonly string[]
  /** the number of lines of its index */
  readonly lines: number
  /** what its index names and the registry lacks */
  readonly missing: readonly string[]
}

/** Returns which of these packages a folder registry shows, and whether everything that it shows is there. */
export function publicationState(rig: Rig, names: readonly string[]): PublicationState[] {
  return (names as readonly PackageName[]).map((name) => {
    const at = (key: string) => path.join(rig.registry, key)
    const bytes = fs.existsSync(at(indexKey(name))) ? fs.readFileSync(at(indexKey(name))) : Buffer.alloc(0)
    const whole = bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1)
    const versions = whole.length === 0 ? [] : [...parseIndex(name, whole).releases.keys()]
    const needed = versions.flatMap((version) => [
      archiveKey(name, version),
      envelopeKey(name, version),
      ownersKey(name),
    ])
    return {
      name,
      versions,
      lines: whole.toString().split('\n').length - 1,
      missing: needed.filter((key) => !fs.existsSync(at(key))),
    }
  })
}
