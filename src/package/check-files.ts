import path from 'node:path'
import type { LocalFunction, PackageManifest } from '../schema/manifest.ts'
import { requirementPath } from '../schema/version.ts'
import { didYouMean } from '../core/did-you-mean.ts'
import { isSafeRelative } from '../core/safe-path.ts'
import type { Path, Problem, YamlDocument } from '../core/yaml.ts'
import { type LeftOut, type ListedFile, type PackList } from './files-to-pack.ts'
import { nativeFormat } from './native-format.ts'
import { isScript, readHead, scriptLine } from './script-line.ts'

/** A package to publish: the manifest with its positions, and the files to pack or those of an archive. */
interface CheckedPackage {
  readonly root: string
  readonly manifest: PackageManifest
  readonly yaml: YamlDocument
  readonly list: PackList
  /** whether the files come from an archive, which decides what is executable */
  readonly isPacked: boolean
}

const NO_BYTES = Buffer.alloc(0)

export interface FilesCheck {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * Finds what would not run, or not be found, once the package is on another machine, where its files have the modes and
 * names they are packed with.
 */
export function checkFiles({ root, manifest, yaml, list, isPacked }: CheckedPackage): FilesCheck {
  const heads = new Map(list.files.map((file) => [file.path as string, readHead(path.join(root, file.path))]))
  const at = (where: Path, message: string): Problem => ({ file: yaml.file, ...yaml.locate(where), message })
  const packed = new PackedFiles(list, heads, isPacked)
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
      ...(isPacked ? list.files.flatMap((file) => idlePrograms(file, heads, isProgram)) : []),
      ...argumentWarnings(manifest, packed, at),
      ...readmeWarnings(list, yaml.file),
    ],
  }
}

type At = (where: Path, message: string) => Problem

/** The files of a package as they will be packed: their names, which are executable, and why others are missing. */
class PackedFiles {
  readonly #files: ReadonlyMap<string, ListedFile>
  readonly #leftOut: readonly LeftOut[]
  readonly #heads: ReadonlyMap<string, Buffer>
  readonly #isPacked: boolean

  constructor({ files, leftOut }: PackList, heads: ReadonlyMap<string, Buffer>, isPacked: boolean) {
    this.#files = new Map(files.map((file) => [file.path, file]))
    this.#leftOut = leftOut
    this.#heads = heads
    this.#isPacked = isPacked
  }

  get names(): Iterable<string> {
    return this.#files.keys()
  }

  has(name: string): boolean {
    return this.#files.has(name)
  }

  isExecutable(name: string): boolean {
    return this.#files.get(name)?.executable === true || (!this.#isPacked && this.isScript(name))
  }

  /** Returns whether a file starts with #!, which makes it executable when it is packed. */
  isScript(name: string): boolean {
    return isScript(this.#heads.get(name) ?? NO_BYTES)
  }

  /** Returns the rule that excludes a file or a folder above it. */
  leftOutBy(name: string): string | undefined {
    return leftOutBy(this.#leftOut, name)
  }
}

/** Returns the rule that excludes a file, or undefined if the file is packed or doesn't exist. */
export function leftOutBy(leftOut: readonly LeftOut[], name: string): string | undefined {
  return leftOut.find(({ path }) => path === name || (path.endsWith('/') && name.startsWith(path)))?.by
}

/** A path dependency works only on its author's machine. */
function pathDependencies({ dependencies }: PackageManifest, { data }: YamlDocument, at: At): Problem[] {
  const isList = Array.isArray((data as { dependencies?: unknown }).dependencies)
  return dependencies.flatMap(({ name, requirement }, index) => {
    if (requirementPath(requirement) === null) return []
    const message = `${name} is a path dependency, which works only on this machine: publish it and depend on a version`
    return [at(['dependencies', isList ? index : name], message)]
  })
}

/** A native program has no #! line, so it stays executable only if `executables` lists it. */
function lostPrograms(
  { path, executable, isMarkedExecutable }: ListedFile,
  heads: ReadonlyMap<string, Buffer>,
  at: At,
): Problem[] {
  if (executable || !isMarkedExecutable) return []
  const format = nativeFormat(path, heads.get(path) ?? NO_BYTES)
  if (format === undefined) return []
  const message = `${path} is a program (${format}) that would lose its executable bit: add executables: [${path}]`
  return [at(['executables'], message)]
}

/** A native program in an archive that nobody can start. Another tool may have lost its executable bit. */
function idlePrograms(
  { path, executable }: ListedFile,
  heads: ReadonlyMap<string, Buffer>,
  isProgram: ReadonlySet<string>,
): Problem[] {
  const format = nativeFormat(path, heads.get(path) ?? NO_BYTES)
  if (format === undefined || executable || isProgram.has(path)) return []
  return [{ file: path, line: 1, column: 1, message: `a program (${format}) without its executable bit` }]
}

/** Files that should be run: marked executable here, listed in `executables`, or the command of a function. */
function programsOf({ functions }: PackageManifest, { files }: PackList): ReadonlySet<string> {
  const marked = files.filter(({ executable, isMarkedExecutable }) => executable || isMarkedExecutable)
  return new Set([
    ...marked.map(({ path }) => path as string),
    ...functions.flatMap(({ command }) => command.slice(0, 1)),
  ])
}

/** Bytes around the #! line that keep every system from finding the interpreter. */
function brokenScripts(path: string, heads: ReadonlyMap<string, Buffer>): Problem[] {
  const line = scriptLine(heads.get(path) ?? NO_BYTES)
  const wrong = (message: string): Problem[] => [{ file: path, line: 1, column: 1, message }]
  if (line?.hasByteOrderMark)
    return wrong('a byte order mark precedes #!, so the file is not executable: save it as UTF-8 without one')
  if (line?.endsWithReturn)
    return wrong("the #! line ends with CRLF, so its interpreter can't be found: save the file with LF (dos2unix)")
  return []
}

function functionProblems({ name, command }: LocalFunction, packed: PackedFiles): string[] {
  const [word = ''] = command
  if (!word.includes('/')) {
    if (/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(word)) return []
    return [`the command ${JSON.stringify(word)} of ${name} is not a program name`]
  }
  const file = word.replace(/^\.\//, '')
  if (!isSafeRelative(file)) return [`the command ${word} of ${name} is outside the package`]
  if (packed.isExecutable(file)) return []
  if (packed.isScript(file))
    return [`the command ${word} of ${name} is not executable in the archive: pack it again with cpm pack`]
  if (packed.has(file))
    return [
      `the command ${word} of ${name} is not executable in the package: start it with #!, or add executables: [${file}]`,
    ]
  const by = packed.leftOutBy(file)
  if (by === 'files') return [`the command ${word} of ${name} is not packed: add it to files:`]
  if (by !== undefined)
    return [`the command ${word} of ${name} is excluded by ${by}: include it with !/${file} in .cpmignore`]
  return [`the package has no file ${file}, the command of ${name}${didYouMean(file, packed.names)}`]
}

/** Only the first function of a name would ever run. */
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

/** Commands run in the folder of their node, which doesn't contain the package's files. */
function argumentWarnings({ functions }: PackageManifest, packed: PackedFiles, at: At): Problem[] {
  return functions.flatMap(({ name, command }, index) =>
    command.flatMap((word, position) => {
      const file = word.replace(/^\.\//, '')
      if (position === 0 || !file.includes('/') || !packed.has(file)) return []
      const where = ['functions', index, 'command', position]
      return [
        at(where, `${name} can't find ${word}, because it runs in the folder of its node: make ${file} the command`),
      ]
    }),
  )
}

function readmeWarnings({ files }: PackList, manifestFile: string): Problem[] {
  if (files.some(({ path }) => /^readme(?:\.\w+)?$/i.test(path))) return []
  return [{ file: manifestFile, line: 1, column: 1, message: 'the package has no README.md' }]
}
