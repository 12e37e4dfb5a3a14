import fs from 'node:fs'
import path from 'node:path'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError, systemCode } from '../../core/errors.ts'
import { isSafeRelative } from '../../core/safe-path.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import type { RunFunction } from '../engine.ts'

/** What to start for a node: an absolute path and an argument array, never a line for a shell. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** the package that it belongs to, where that is not the one that is run */
  readonly root?: string
}

interface CommandPlaces {
  root: string
  functions: readonly RunFunction[]
  /** the PATH to look up bare names in */
  searchPath: string | undefined
}

/**
 * Finds what every node would start, before any is started.
 * @throws CpmError WORKFLOW_INVALID that names every node for which there is nothing to start
 */
export function findCommands(nodes: readonly FunctionSpec[], places: CommandPlaces): Map<string, Command> {
  const commands = new Map<string, Command>()
  const problems: string[] = []
  let hint: string | undefined
  for (const { nodename, funcname, conditions } of nodes) {
    const found: Found = isOfRun(nodename)
      ? { problem: 'has the name of a file that every run on this machine has: give it another' }
      : findCommand(funcname, conditions.executortype, places)
    if (!('problem' in found)) commands.set(nodename, found)
    else {
      problems.push(`  ${nodename}: ${found.problem}`)
      hint ??= found.hint
    }
  }
  if (problems.length === 0) return commands
  throw new CpmError('WORKFLOW_INVALID', ["the local engine can't run this workflow:", ...problems].join('\n'), {
    ...(hint !== undefined && { hint }),
  })
}

type Found = Command | { problem: string; hint?: string }

/** Whether a name is kept for the run itself: nodes have their folders beside its files. */
function isOfRun(nodename: string): boolean {
  return /^run\./i.test(nodename)
}

function findCommand(name: string, executortype: string, { root, functions, searchPath }: CommandPlaces): Found {
  const declared = functions.find((fn) => fn.name === name && fn.executortype === executortype)
  if (!declared) {
    const known = functions.filter((fn) => fn.executortype === executortype).map((fn) => fn.name)
    return {
      problem: `the package declares no function ${name} for ${executortype}${didYouMean(name, known)}`,
      hint: 'declare what it may run under functions: in colony.yaml',
    }
  }
  const [word = '', ...args] = declared.command
  const found = word.includes('/') ? findInPackage(declared.root ?? root, word, name) : findOnPath(word, searchPath)
  if ('problem' in found) return found
  return { file: found.file, args, ...(declared.root !== undefined && { root: declared.root }) }
}

/** A file of the package. Links are followed and must stay inside; the package's folder may itself be a link. */
function findInPackage(root: string, word: string, name: string): { file: string } | { problem: string } {
  const relative = word.startsWith('./') ? word.slice(2) : word
  const outside = { problem: `the command ${word} leads out of the package` }
  if (!isSafeRelative(relative)) return outside
  try {
    const realRoot = fs.realpathSync(root)
    const file = fs.realpathSync(path.join(realRoot, relative))
    if (!file.startsWith(realRoot + path.sep)) return outside
    if (!fs.statSync(file).isFile()) return { problem: `the command ${word} is not a file` }
    return isExecutable(file) ? { file } : { problem: `the command ${word} is not executable: chmod +x it` }
  } catch (error) {
    const code = systemCode(error)
    return {
      problem:
        code === 'ENOENT'
          ? `the package has no file ${relative}, which is the command of ${name}`
          : `the command ${word} can't be found in the package (${code})`,
    }
  }
}

/** A program by its bare name, on PATH alone: relative entries stand for the working folder and don't count. */
function findOnPath(word: string, searchPath = ''): { file: string } | { problem: string } {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(word))
    return { problem: `the command ${JSON.stringify(word)} is not a program's name` }
  const suffixes = process.platform === 'win32' ? ['.exe', '.com'] : ['']
  for (const folder of searchPath.split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
    for (const suffix of suffixes) {
      const file = path.join(folder, word + suffix)
      if (isFile(file) && isExecutable(file)) return { file }
    }
  }
  return { problem: `the command ${word} is not on your PATH` }
}

/** Folders on PATH that may not be looked into have no programs for us, as for a shell. */
function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile()
  } catch {
    return false
  }
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}
