import fs from 'node:fs'
import path from 'node:path'
import semver from 'semver'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { shellPath } from '../../core/shell-word.ts'
import { failed, type Finding, ok, warning } from './finding.ts'

const OLDEST_NODE = '20.19.0'

/** @param version such as `v22.11.0` */
export function checkNode(version: string): Finding[] {
  if (semver.gte(version, OLDEST_NODE)) return [ok('node', version)]
  return [failed('node', `Node ${version} is too old for cpm`, `install Node ${OLDEST_NODE} or newer`)]
}

const NAMES = process.platform === 'win32' ? ['cpm.cmd', 'cpm.exe', 'cpm'] : ['cpm']

/**
 * Checks which `cpm` a shell finds.
 * @param program the file of the cpm that runs
 */
export function checkPath(env: EnvironmentVariables, program: string): Finding[] {
  const folders = (env.get('PATH') ?? '').split(path.delimiter).filter((folder) => folder !== '')
  const found = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)).filter(isProgram))
  const [first, ...others] = found
  if (first === undefined)
    return [warning('path', 'no folder of PATH has a cpm', `add an alias: alias cpm=${shellPath(program)}`)]
  if (isSame(first, program) || others.every((other) => !isSame(other, program))) return [ok('path', first)]
  const shadowed = others.find((other) => isSame(other, program)) ?? program
  return [
    warning(
      'path',
      `${first} comes before this cpm, ${shadowed}`,
      `put ${path.dirname(shadowed)} before ${path.dirname(first)} in PATH, or remove ${shellPath(first)}`,
    ),
  ]
}

function isProgram(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true
}

function isSame(file: string, program: string): boolean {
  try {
    return fs.realpathSync(file) === fs.realpathSync(program)
  } catch {
    return false
  }
}
