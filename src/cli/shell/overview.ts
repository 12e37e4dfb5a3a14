import { COMMAND_LIST, type CommandSummary } from './command-list.ts'

type CommandName = (typeof COMMAND_LIST)[number]['name']

/** A line of the overview: a command, several, or the commands that begin with a word. */
type Line = CommandName | readonly [commands: string, summary: string]

const GROUPS: readonly (readonly [title: string, ...lines: Line[]])[] = [
  [
    'Author',
    'init',
    ['validate, test', 'Check a package, and run the tests of its workflows'],
    ['render', 'Show a workflow with its inputs filled in'],
    ['values', 'show, explain, schema'],
    ['schema', 'manifest, workflow, tests'],
    ['pack, publish', 'Make the archive of a package, or sign and publish it'],
  ],
  [
    'Install',
    ['install', "Install the project's dependencies, or add packages"],
    ['ci', 'Install exactly what colony.lock says, and prove it'],
    'update',
    ['outdated, diff', 'List newer versions, or compare two of a package'],
    'uninstall',
    ['list, tree', 'List installed packages, or show them as a tree'],
    ['why, why-not', 'Explain why a package or version is used, or not'],
    ['licenses, sbom', 'List licenses, and write a bill of materials'],
    ['path, resolve', 'Print the folder of a package, or what would be chosen'],
  ],
  [
    'Trust',
    ['verify, audit', 'Prove installed files; look for known problems'],
    ['policy', 'show the rules about packages, check'],
    ['key', 'generate, list, export, trust, distrust'],
    ['owner', 'list, add, remove'],
  ],
  ['Workflows', 'submit', ['workflow', 'list, get, graph, logs, wait, cancel, rm, retry']],
  ['Colony', ['colony', 'info, executors, functions'], ['context', 'list, use, add, remove']],
  [
    'Registry',
    ['search, info', 'Find packages in a registry, and show details'],
    ['yank, unyank', 'Withdraw a published version, or take that back'],
    'deprecate',
    ['login, logout', 'Save or remove a token'],
    'whoami',
    'serve',
    ['serve token', 'create, list, revoke'],
  ],
  [
    'Settings',
    ['config', 'list, get, set, unset'],
    ['plugins', 'list, info, add, remove, enable, disable'],
    ['cache', 'dir, size, clean'],
    ['store verify', 'Prove all packages in the store, and repair them'],
    ['gc', 'Remove packages that no project uses'],
    ['bridge', 'install, uninstall, verify, state, serve'],
    ['doctor, bug', 'Find out what is wrong on this machine, and report it'],
    ['completion', 'Complete commands in your shell'],
    'help',
  ],
]

/**
 * Returns the text of `cpm help`, which fits on a screen: first steps, then the commands in groups.
 * @param others commands of plugins
 */
export function overview(others: readonly CommandSummary[] = []): string {
  return [
    'cpm: package, share, prove, install and run compute workflows',
    '',
    'Start here:',
    '  cpm init hello                    create a package with a working workflow',
    '  cpm submit hello --engine local   run it on this machine',
    '  cpm publish hello                 sign and publish it',
    '  cpm install hello                 add it to the project in this folder',
    '  cpm verify                        prove every installed file',
    '',
    ...GROUPS.flatMap(groupLines),
    ...others.map(({ name, summary }, index) => row(index === 0 ? 'Plugins' : '', name, summary)),
    '',
    'cpm help <command> explains a command, cpm help <CODE> an error.',
    'All commands take --help, --json, --events, --quiet and --debug.',
    '',
  ].join('\n')
}

/** Returns the names of the commands in the overview. A group of commands is there as its first word. */
export function namesInOverview(): string[] {
  return GROUPS.flatMap(([, ...lines]) =>
    lines.flatMap((line) => (typeof line === 'string' ? [line] : line[0].split(', '))),
  )
}

/** widths of the first two columns */
const TITLE = 11
const NAME = 15

function groupLines([title, ...lines]: (typeof GROUPS)[number]): string[] {
  return lines.map((line, index) => {
    const [name, summary] = typeof line === 'string' ? [line, summaryOf(line)] : line
    return row(index === 0 ? title : '', name, summary)
  })
}

function row(title: string, name: string, summary: string): string {
  return `${title.padEnd(TITLE)}${name.padEnd(NAME - 1)} ${summary}`
}

function summaryOf(command: CommandName): string {
  return COMMAND_LIST.find(({ name }) => name === command)?.summary ?? ''
}

/** Lists commands with their summaries, one per line. */
export function commandLines(commands: readonly CommandSummary[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
}
