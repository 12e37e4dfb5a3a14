import type { z } from 'zod'
import { COMMANDS, loadCommand } from '../src/cli/shell/commands.ts'
import { aliasesOf } from '../src/cli/shell/command-list.ts'
import type { Command } from '../src/cli/shell/define-command.ts'
import { commandOptions } from '../src/cli/shell/program.ts'
import { EXIT } from '../src/schema/errors.ts'

/** Writes the man page of cpm, with all commands, from their declarations. */
export async function manPage(): Promise<string> {
  const commands: string[] = []
  for (const entry of COMMANDS) commands.push(...commandLines(await loadCommand(entry)))
  const lines = [
    '.\\" Generated from the declarations of the commands by npm run docs.',
    '.TH CPM 1 "" "cpm" "Colony Package Manager"',
    '.SH NAME',
    'cpm \\- package, share, prove, install and run compute workflows',
    '.SH SYNOPSIS',
    '.B cpm',
    '.RI [ flags ]',
    '.I command',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    'Results go to standard output, progress and warnings to standard error.',
    'All commands take',
    roff('--json, --events, -q or --quiet, --debug and -h or --help.'),
    '.SH COMMANDS',
    ...commands,
    '.SH EXIT STATUS',
    ...Object.entries(EXIT).flatMap(([name, status]) => ['.TP', `.B ${status}`, roff(spaced(name))]),
    '.PP',
    'cpm help CODE explains an error.',
    '.SH FILES',
    '.TP',
    '.I ~/.cpm',
    'your keys, settings, registry and store; CPM_HOME names another folder',
    '.TP',
    '.I colony.yaml, colony.lock, colony_packages',
    'a project',
  ]
  return `${lines.join('\n')}\n`
}

function commandLines(command: Command): string[] {
  const { name, summary, positionals = [], examples } = command
  const aliases = aliasesOf(name).map((alias) => `cpm ${alias}`)
  const args = positionals.map((key) => `.I ${roff((command.input.shape[key] as z.ZodType).meta()?.value ?? key)}`)
  return [
    `.SS cpm ${roff(name)}`,
    roff(`${summary}.${aliases.length === 0 ? '' : ` Also: ${aliases.join(', ')}.`}`),
    ...(args.length === 0 ? [] : ['.PP', 'Arguments:', ...args]),
    ...commandOptions(command).flatMap(({ option }) => ['.TP', `.B ${roff(option.flags)}`, roff(option.description)]),
    ...examples.flatMap(([what, line]) => ['.PP', roff(`${what}:`), '.br', `.B ${roff(line)}`]),
  ]
}

/** Escapes what roff would read: backslashes, hyphens that must stay hyphens, and a dot or quote in front. */
function roff(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('\n', ' ')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}
