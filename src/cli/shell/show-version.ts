import { cpmVersion } from '../../core/version.ts'
import { successResult } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { readGlobalFlags } from './global-flags.ts'

/** Prints the version for `cpm --version`. @returns the exit status */
export function showVersion({ stdout }: Terminal, argv: readonly string[]): number {
  const { json, events } = readGlobalFlags(argv)
  const version = cpmVersion()
  stdout.write(`${json || events ? JSON.stringify(successResult({ version })) : version}\n`)
  return 0
}
