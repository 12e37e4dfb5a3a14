import fs from 'node:fs'
import path from 'node:path'
import type { LocalFunction, PackageManifest } from '../schema/manifest.ts'
import { requirementPath } from '../schema/version.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { fileError } from '../core/errors.ts'
import { isSafeRelative } from '../core/safe-path.ts'
import type { Path, Problem, YamlDocument } from '../core/yaml.ts'
import { type LeftOut, type ListedFile, type PackList } from './files-to-pack.ts'
import { nativeFormat } from './native-format.ts'

/** A package as its author has it: the manifest with its places, and what of the folder is packed. */
interface FolderPackage {
  readonly root: string
  readonly manifest: PackageManifest
  readonly yaml: YamlDocument
  readonly list: PackList
}

export interface FilesCheck {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/** As long as the first line of a script may be. */
const HEAD_BYTES = 512

/**
 * What would not run, or not be found, once the package is on another machine: there its files have the modes and the names
 * that they are packed with, whatever they have here.
 */
export function checkFiles({ root, manifest, yaml, list }: FolderPackage): FilesCheck {
  const heads = new Map(list.files.map((file) => [file.path as string, readHead(path.join(root, file.path))]))
  const at = (where: Path, message: string): Problem => ({ file: yaml.file, ...yaml.locate(where), message })
  const packed = new PackedFiles(list, heads)
  const broken = list.files.flatMap(({ path }) => brokenScripts(path, heads))
  const isProgram = programsOf(manifest, list)
  const problems = [
    ...pathDependencies(manifest, yaml, at),
    ...list.files.flatMap((file) => lostPrograms(file, heads, at)),
    ...broken.filter(({ file }) => isProgram.has(file)),
    ...manifest.functions.flatMap((fn, index) =>
      functionProblems(fn, packed).map((message) => at(['functions', index, 'command', 0], message)),
    ),
    ...functionsTwice(manifest, at),
  ]
  return {
    problems,
    warnings: [
      ...broken.filter(({ file }) => !isProgram.has(file)),
      ...argumentWarnings(manifest, packed, at),
      ...readmeWarnings(list, yaml.file),
    ],
  }
}

type At = (where: Path, message: string) => Problem

/** The files of a package as they will be: which there are, which are executable, and why others are missing. */
class PackedFiles {
  readonly #files: ReadonlyMap<string, ListedFile>
  readonly #leftOut: readonly LeftOut[]
  readonly #heads: ReadonlyMap<string, Buffer>

  constructor({ files, leftOut }: PackList, heads: ReadonlyMap<string, Buffer>) {
    this.#files = new Map(files.map((file) => [file.path, file]))
    this.#leftOut = leftOut
    this.#heads = heads
  }

  get names(): Iterable<string> {
    return this.#files.keys()
  }

  has(name: string): boolean {
    return this.#files.has(name)
  }

  isExecutable(name: string): boolean {
    return this.#files.get(name)?.executable === true || this.#heads.get(name)?.subarray(0, 2).toString() === '#!'
  }

  /** The rule that leaves a file out, or a folder that it is in. */
  leftOutBy(name: string): string | undefined {
    return leftOutBy(this.#leftOut, name)
  }
}

/** The rule by which a file is not packed; undefined where it is packed, or not there. */
export function leftOutBy(leftOut: readonly LeftOut[], name: string): string | undefined {
  return leftOut.find(({ path }) => path === name || (path.endsWith('/') && name.startsWith(path)))?.by
}

/** A folder on the author's machine means nothing to anybody else. */
function pathDependencies({ dependencies }: PackageManifest, { data }: YamlDocument, at: At): Problem[] {
  const isList = Array.isArray((data as { dependencies?: unknown }).dependencies)
  return dependencies.flatMap(({ name, requirement }, index) => {
    if (requirementPath(requirement) === null) return []
    const message = `${name} is a dependency by its path, which nobody else has: publish it and depend on a version of it`
    return [at(['dependencies', isList ? index : name], message)]
  })
}

/** A native program has no #! that would tell: only `executables` keeps it executable. */
function lostPrograms(
  { path, executable, isMarkedExecutable }: ListedFile,
  heads: ReadonlyMap<string, Buffer>,
  at: At,
): Problem[] {
  if (executable || !isMarkedExecutable) return []
  const format = nativeFormat(path, heads.get(path) ?? Buffer.alloc(0))
  if (format === undefined) return []
  const message = `${path} is a program (${format}) that would lose its executable bit: name it under executables: [${path}]`
  return [at(['executables'], message)]
}

/** Files that somebody means to start: marked executable here, named under `executables`, or the command of a function. */
function programsOf({ functions }: PackageManifest, { files }: PackList): ReadonlySet<string> {
  const marked = files.filter(({ executable, isMarkedExecutable }) => executable || isMarkedExecutable)
  return new Set([
    ...marked.map(({ path }) => path as string),
    ...functions.flatMap(({ command }) => command.slice(0, 1)),
  ])
}

/** What stands before or behind the name of an interpreter and keeps every system from finding it. */
function brokenScripts(path: string, heads: ReadonlyMap<string, Buffer>): Problem[] {
  const head = heads.get(path)?.toString('latin1') ?? ''
  const wrong = (message: string): Problem[] => [{ file: path, line: 1, column: 1, message }]
  if (/^\xef\xbb\xbf#!\s*\//.test(head))
    return wrong('a byte order mark stands before #!, so it is not executable: save it as UTF-8 without one')
  if (/^#!\s*\/[^\n]*\r\n/.test(head))
    return wrong('the #! line ends with CRLF, so its interpreter is not found: save it with LF (dos2unix)')
  return []
}

function functionProblems({ name, command }: LocalFunction, packed: PackedFiles): string[] {
  const [word = ''] = command
  if (!word.includes('/')) {
    if (/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(word)) return []
    return [`the command ${JSON.stringify(word)} of ${name} is not the name of a program`]
  }
  const file = word.replace(/^\.\//, '')
  if (!isSafeRelative(file)) return [`the command ${word} of ${name} leads out of the package`]
  if (packed.isExecutable(file)) return []
  if (packed.has(file))
    return [
      `the command ${word} of ${name} is not executable in the package: begin it with #!, or name it under executables: [${file}]`,
    ]
  const by = packed.leftOutBy(file)
  if (by === 'files') return [`the command ${word} of ${name} is not packed: add it to files:`]
  if (by !== undefined)
    return [`the command ${word} of ${name} is left out by ${by}: take it back with !/${file} in a .cpmignore`]
  return [`the package has no file ${file}, which is the command of ${name}${didYouMean(file, packed.names)}`]
}

/** The first of a name is the one that runs. */
function functionsTwice({ functions }: PackageManifest, at: At): Problem[] {
  const seen = new Set<string>()
  return functions.flatMap(({ name, executortype }, index) => {
    const id = JSON.stringify([executortype, name])
    if (!seen.has(id)) {
      seen.add(id)
      return []
    }
    return [at(['functions', index, 'name'], `the function ${name} for ${executortype} is declared twice`)]
  })
}

/** Commands run in the folder of their node, where the package's files are not. */
function argumentWarnings({ functions }: PackageManifest, packed: PackedFiles, at: At): Problem[] {
  return functions.flatMap(({ name, command }, index) =>
    command.flatMap((word, position) => {
      const file = word.replace(/^\.\//, '')
      if (position === 0 || !file.includes('/') || !packed.has(file)) return []
      const where = ['functions', index, 'command', position]
      return [
        at(
          where,
          `${word} is not found by ${name}, which runs in the folder of its node: make ${file} itself the command`,
        ),
      ]
    }),
  )
}

function readmeWarnings({ files }: PackList, manifestFile: string): Problem[] {
  if (files.some(({ path }) => /^readme(?:\.\w+)?$/i.test(path))) return []
  return [{ file: manifestFile, line: 1, column: 1, message: 'the package has no README.md that says how to use it' }]
}

function readHead(file: string): Buffer {
  let fd: number | undefined
  try {
    fd = fs.openSync(file, 'r')
    const buffer = Buffer.alloc(HEAD_BYTES)
    return buffer.subarray(0, fs.readSync(fd, buffer, 0, HEAD_BYTES, 0))
  } catch (error) {
    throw fileError(error, 'read', file)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}
