import { COMMANDS, type CommandEntry } from './commands.ts'

/** The list of commands, examples first. */
export function overview(): string {
  return [
    'cpm: package, share, prove, install and run compute workflows',
    '',
    'Start here:',
    '  cpm init hello                               make a package with a workflow that runs',
    '  cpm submit hello --engine local              run it on this machine',
    '  cpm publish hello                            sign it and publish it',
    '  cpm install hello                            add it to the project in this folder',
    '  cpm verify                                   prove every installed file',
    '',
    'Commands:',
    ...commandLines(COMMANDS),
    '',
    'Every command: --help, --json, --events, --quiet, --debug.   cpm help <CODE> explains an error.   cpm --version',
    '',
  ].join('\n')
}

/** Commands, one a line, each with what it does. */
export function commandLines(commands: readonly CommandEntry[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
}
