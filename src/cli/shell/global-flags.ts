import type { Command as Commander } from 'commander'

/** Flags of every command. */
export interface GlobalFlags {
  json: boolean
  events: boolean
  quiet: boolean
  debug: boolean
}

/** The global flags as they are typed, without `--help`. */
export const GLOBAL_FLAG_NAMES: readonly string[] = ['--json', '--events', '-q', '--quiet', '--debug']

/** Adds the global flags, for parsing and help. */
export function addGlobalFlags(commander: Commander): void {
  commander
    .option('--json', 'print exactly one JSON object')
    .option('--events', 'print events as JSON lines, then the result')
    .option('-q, --quiet', 'print only results and errors')
    .option('--debug', 'print stack traces of errors')
    .helpOption('-h, --help', 'show this help')
}

/** Reads the global flags before anything else, so that they also apply to command-line errors. */
export function readGlobalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  const has = (...names: string[]) => names.some((name) => flags.includes(name))
  return { json: has('--json'), events: has('--events'), quiet: has('--quiet', '-q'), debug: has('--debug') }
}
