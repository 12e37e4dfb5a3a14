import fs from 'node:fs'
import path from 'node:path'
import type { PackageName } from '../../schema/name.ts'
import { isThere, makeFolders, namesIn } from '../../core/atomic-file.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { shellPath } from '../../core/shell-word.ts'
import { entriesOf } from '../lock-entries.ts'
import { type GlobalHome, globalRoot } from './global-home.ts'
import type { GlobalPackages } from './state-file.ts'

/** The folder of a package whose executable files become commands. */
const FOLDER = 'bin'

/** Returns the names of the executables that an installed package offers: the executable files in its `bin` folder. */
export function executablesIn(root: string): string[] {
  if (process.platform === 'win32') return []
  const folder = path.join(root, FOLDER)
  return namesIn(folder).filter((name) => {
    const stats = fs.lstatSync(path.join(folder, name))
    return !name.startsWith('.') && stats.isFile() && (stats.mode & 0o100) !== 0
  })
}

/**
 * Refuses executables of packages that another package offers too, or whose place in the bin folder is taken.
 * @throws CpmError EXECUTABLE_CONFLICT
 */
export function refuseConflicts(home: GlobalHome, packages: GlobalPackages, names: readonly PackageName[]): void {
  const owners = new Map<string, PackageName>()
  const entries = entriesOf(packages)
  for (const [name, { executables }] of entries)
    if (!names.includes(name)) for (const one of executables) owners.set(one, name)
  for (const [name, { executables }] of entries.filter((entry) => names.includes(entry[0])))
    for (const one of executables) {
      const owner = owners.get(one)
      if (owner !== undefined) throw offeredTwice(one, owner, name)
      owners.set(one, name)
      const file = path.join(home.bin, one)
      if (isThere(file) && !isOurs(home, file)) throw inTheWay(file, name)
    }
}

function offeredTwice(executable: string, owner: PackageName, name: PackageName): CpmError {
  return new CpmError('EXECUTABLE_CONFLICT', `${owner} and ${name} both have an executable named ${executable}`, {
    hint: `cpm uninstall -g ${owner}`,
    details: { executable, packages: [owner, name] },
  })
}

function inTheWay(file: string, name: PackageName): CpmError {
  return new CpmError('EXECUTABLE_CONFLICT', `${name} has an executable for ${file}, which cpm did not create`, {
    hint: `move it away: mv ${shellPath(file)} ${shellPath(`${file}.old`)}`,
    details: { file, packages: [name] },
  })
}

/**
 * Makes the bin folder fit: a link for each executable, and no other link to global packages. Leaves alone whatever cpm
 * did not create.
 * @param temporary returns an unused path on the same file system
 */
export function linkExecutables(home: GlobalHome, packages: GlobalPackages, temporary: () => string): void {
  const wanted = new Map(
    entriesOf(packages).flatMap(([name, { version, executables }]) => {
      const folder = path.join(globalRoot(home, name, version).packages, name, FOLDER)
      return executables.map((one) => [path.join(home.bin, one), path.join(folder, one)] as const)
    }),
  )
  for (const [file, target] of wanted) if (!isThere(file) || isOurs(home, file)) putLink(file, target, temporary)
  for (const file of namesIn(home.bin).map((name) => path.join(home.bin, name)))
    if (!wanted.has(file) && isOurs(home, file)) fs.rmSync(file, { force: true })
}

function putLink(file: string, target: string, temporary: () => string): void {
  if (isThere(file) && fs.readlinkSync(file) === target) return
  const link = temporary()
  try {
    makeFolders(path.dirname(file))
    fs.symlinkSync(target, link)
    fs.renameSync(link, file)
  } catch (error) {
    throw fileError(error, 'create', file)
  }
}

/** What a link to an executable ends with, in any home. */
const IN_A_ROOT = /\/packages\/(.+)\/[^/]+\/colony_packages\/\1\/bin\/[^/]+$/

/** Whether a file in the bin folder is a link to a global package, or was one before the home was moved. */
function isOurs({ packages }: GlobalHome, file: string): boolean {
  if (!fs.lstatSync(file).isSymbolicLink()) return false
  const target = fs.readlinkSync(file)
  return target.startsWith(packages + path.sep) || (IN_A_ROOT.test(target) && !isThere(target))
}
