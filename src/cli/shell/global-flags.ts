import type { Command as Commander } from 'commander'

/** The flags every command has. */
export interface GlobalFlags {
  json: boolean
  events: boolean
  quiet: boolean
  debug: boolean
}

/** Adds the flags every command has, for help and for reading. */
export function addGlobalFlags(commander: Commander): void {
  commander
    .option('--json', 'print exactly one JSON object')
    .option('--events', 'print events as lines of JSON while working, the result last')
    .option('-q, --quiet', 'print results and errors only')
    .option('--debug', 'print stacks of errors')
    .helpOption('-h, --help', 'show this help')
}

/** The global flags, read before anything else so that errors of the command line obey them too. */
export function readGlobalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--')
  const flags = end < 0 ? argv : argv.slice(0, end)
  const has = (...names: string[]) => names.some((name) => flags.includes(name))
  return { json: has('--json'), events: has('--events'), quiet: has('--quiet', '-q'), debug: has('--debug') }
}
