import fs from 'node:fs'
import path from 'node:path'
import { PackageName } from '../../schema/name.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { isThere, makeFolders } from '../../core/atomic-file.ts'
import { MANIFEST_FILE } from '../../package/manifest.ts'
import type { Session } from '../session.ts'
import { packageTemplate, projectTemplate, type TemplateFile } from './template.ts'

export interface InitOptions {
  /** the folder, made if it is not there */
  dir?: string
  /** the package's name; the folder's without it */
  name?: PackageName | undefined
  /** only a colony.yaml, for a project that uses packages */
  bare?: boolean
}

export interface InitResult {
  readonly folder: string
  readonly manifest: string
  /** files that were made, as paths in the folder */
  readonly files: readonly string[]
  /** files that were there already and are kept */
  readonly kept: readonly string[]
  readonly bare: boolean
  /** the folder, as it was named */
  readonly dir: string
}

/** Starts a package or a project in a folder. @throws CpmError FILE_EXISTS where it has a colony.yaml, USAGE where its name does not make a package's */
export function init(
  { cwd }: Pick<Session, 'cwd'>,
  { dir = '.', name, bare = false }: InitOptions = {},
): Promise<InitResult> {
  const folder = path.resolve(cwd, dir)
  const files = bare ? projectTemplate() : packageTemplate(name ?? nameFrom(folder))
  const manifest = path.join(folder, MANIFEST_FILE)
  if (isThere(manifest)) {
    throw new CpmError('FILE_EXISTS', `${manifest} is there already`, {
      hint: 'choose another folder: cpm init <dir>',
    })
  }
  const kept = [...files.keys()].filter((file) => isThere(path.join(folder, file)))
  // The manifest comes last: a command that was cut short can be run again.
  for (const [file, contents] of [...files].reverse())
    if (!kept.includes(file)) writeNew(path.join(folder, file), contents)
  const made = [...files.keys()].filter((file) => !kept.includes(file))
  return Promise.resolve({ folder, manifest, files: made, kept, bare, dir })
}

/** Writes a file where nothing is: what somebody else wrote meanwhile stays, too. */
function writeNew(file: string, { text, executable }: TemplateFile): void {
  const mode = executable ? 0o755 : 0o644
  try {
    makeFolders(path.dirname(file))
    fs.writeFileSync(file, text, { mode, flag: 'wx' })
    fs.chmodSync(file, mode)
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}

function nameFrom(folder: string): PackageName {
  const base = path.basename(folder).toLowerCase()
  const name = base.replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '')
  const result = PackageName.safeParse(name)
  if (result.success) return result.data
  throw new CpmError('USAGE', `the folder's name ${JSON.stringify(base)} does not make a package name`, {
    hint: 'cpm init --name <name>',
  })
}
