import fs from 'node:fs'
import path from 'node:path'
import { didYouMean } from '../../core/did-you-mean.ts'
import { CpmError, systemCode } from '../../core/errors.ts'
import { isSafeRelative } from '../../core/safe-path.ts'
import type { FunctionSpec } from '../../schema/specs/function-spec.ts'
import type { RunFunction } from '../engine.ts'
import { interpreterProblem } from './interpreter.ts'

/** The program of a node: an absolute path and an array of arguments, never a shell command. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** the package that it belongs to, if it is not the package of the run */
  readonly root?: string
}

interface CommandPlaces {
  root: string
  functions: readonly RunFunction[]
  /** the PATH to look up bare names in */
  searchPath: string | undefined
}

/**
 * Finds the programs of all nodes before any of them starts.
 * @throws CpmError WORKFLOW_INVALID with every node that has no program
 */
export function findCommands(nodes: readonly FunctionSpec[], places: CommandPlaces): Map<string, Command> {
  const commands = new Map<string, Command>()
  const problems: string[] = []
  let hint: string | undefined
  for (const { nodename, funcname, conditions, env } of nodes) {
    const found: Found = isOfRun(nodename)
      ? { problem: 'names starting with run. are reserved for files of the run' }
      : findCommand(funcname, conditions.executortype, { ...places, ownPath: env.PATH })
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

/** Returns whether a name is reserved for files of the run, which are next to the folders of its nodes. */
function isOfRun(nodename: string): boolean {
  return /^run\./i.test(nodename)
}

function findCommand(
  name: string,
  executortype: string,
  { root, functions, searchPath, ownPath }: CommandPlaces & { ownPath: string | undefined },
): Found {
  const declared = functions.find((fn) => fn.name === name && fn.executortype === executortype)
  if (!declared) {
    const known = functions.filter((fn) => fn.executortype === executortype).map((fn) => fn.name)
    return {
      problem: `the package declares no function ${name} for ${executortype}${didYouMean(name, known)}`,
      hint: 'declare it under functions: in colony.yaml',
    }
  }
  const [word = '', ...args] = declared.command
  const found = word.includes('/') ? findInPackage(declared.root ?? root, word, name) : findOnPath(word, searchPath)
  if ('problem' in found) return found
  const problem = interpreterProblem(found.file, ownPath ?? searchPath, findOnPath)
  if (problem !== undefined) return { problem: `the command ${word} can't be started: ${problem}` }
  return { file: found.file, args, ...(declared.root !== undefined && { root: declared.root }) }
}

/** Finds a file of the package. Links must stay inside the package, whose folder may itself be a link. */
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

/** Finds a program by its bare name on PATH. Ignores relative entries, which depend on the working folder. */
function findOnPath(word: string, searchPath = ''): { file: string } | { problem: string } {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(word))
    return { problem: `the command ${JSON.stringify(word)} is not a valid program name` }
  const suffixes = process.platform === 'win32' ? ['.exe', '.com'] : ['']
  for (const folder of searchPath.split(path.delimiter).filter((entry) => path.isAbsolute(entry))) {
    for (const suffix of suffixes) {
      const file = path.join(folder, word + suffix)
      if (isFile(file) && isExecutable(file)) return { file }
    }
  }
  return { problem: `the command ${word} is not on your PATH` }
}

/** Returns whether a path is a file. Unreadable folders on PATH count as empty, as in a shell. */
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
