import { COMMAND_LIST, type CommandSummary } from './command-list.ts'

/** Returns the text of `cpm help`: first steps, then all commands. */
export function overview(): string {
  return [
    'cpm: package, share, prove, install and run compute workflows',
    '',
    'Start here:',
    '  cpm init hello                               create a package with a working workflow',
    '  cpm submit hello --engine local              run it on this machine',
    '  cpm publish hello                            sign and publish it',
    '  cpm install hello                            add it to the project in this folder',
    '  cpm verify                                   prove every installed file',
    '',
    'Commands:',
    ...commandLines(COMMAND_LIST),
    '',
    'All commands take --help, --json, --events, --quiet, --debug.   cpm help <CODE> explains an error.   cpm --version',
    '',
  ].join('\n')
}

/** Lists commands with their summaries, one per line. */
export function commandLines(commands: readonly CommandSummary[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
}
