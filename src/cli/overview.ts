import { COMMANDS } from './commands.ts'

/** The list of commands, examples first. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
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
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Every command: --help, --json, --events, --quiet, --debug.   cpm help <CODE> explains an error.   cpm --version',
    '',
  ].join('\n')
}
