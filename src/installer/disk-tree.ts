import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Tree } from '../schema/digest.ts'
import { isPackageName, type PackageName } from '../schema/name.ts'
import { namesIn, readTextIfThere } from '../core/atomic-file.ts'
import { CpmError } from '../core/errors.ts'
import { refuseNewer } from '../core/newer-format.ts'
import type { Project } from './project.ts'

/** An entry of colony_packages. */
export type OnDisk =
  | { kind: 'link'; target: string }
  /** a real copy; `tree` is the tree that cpm recorded when it made the copy */
  | { kind: 'folder'; tree: Tree | undefined }
  | { kind: 'other' }

/** Reads the entries of colony_packages, without those that can't be packages. */
export function readDiskTree(project: Project): Map<PackageName, OnDisk> {
  const copies = readCopies(project)
  const found = new Map<PackageName, OnDisk>()
  const add = (name: string) => {
    if (isPackageName(name)) found.set(name, look(path.join(project.packages, name), copies.get(name)))
  }
  for (const name of namesIn(project.packages)) {
    if (!name.startsWith('@')) add(name)
    else if (isRealFolder(path.join(project.packages, name)))
      for (const inner of namesIn(path.join(project.packages, name))) add(`${name}/${inner}`)
  }
  return found
}

/** Returns the other entries of colony_packages, which cpm did not create. */
export function strangersIn(project: Project): string[] {
  return namesIn(project.packages).filter(
    (name) => !name.startsWith('.') && !name.startsWith('@') && !isPackageName(name),
  )
}

const Copies = z.object({ schemaVersion: z.literal(1), copies: z.record(z.string(), Tree) })

export function stateFile(project: Project): string {
  return path.join(project.own, 'state.json')
}

export function writeCopies(copies: ReadonlyMap<PackageName, Tree>): string {
  return JSON.stringify({ schemaVersion: 1, copies: Object.fromEntries([...copies].sort()) })
}

/**
 * Reads the trees of real copies. If the file is missing or damaged, cpm copies the packages again.
 * @throws CpmError if a newer cpm wrote it
 */
export function readCopies(project: Project): Map<PackageName, Tree> {
  try {
    const value: unknown = JSON.parse(readTextIfThere(stateFile(project)) ?? '')
    refuseNewer(value, 'CONFIG_INVALID', stateFile(project))
    const { copies } = Copies.parse(value)
    return new Map(Object.entries(copies).filter((entry): entry is [PackageName, Tree] => isPackageName(entry[0])))
  } catch (error) {
    if (error instanceof CpmError && error.code === 'CONFIG_INVALID') throw error
    return new Map()
  }
}

function look(file: string, tree: Tree | undefined): OnDisk {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false })
  if (stats?.isSymbolicLink() === true)
    return { kind: 'link', target: path.resolve(path.dirname(file), fs.readlinkSync(file)) }
  return stats?.isDirectory() === true ? { kind: 'folder', tree } : { kind: 'other' }
}

function isRealFolder(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
}
