/** A command's name, and what it does in one line. */
export interface CommandSummary {
  readonly name: string
  readonly summary: string
}

/** All commands, in the order of docs/cli.md. How they load is in commands.ts, which help does not need. */
export const COMMAND_LIST = [
  { name: 'init', summary: 'Create a package or project in a folder' },
  { name: 'validate', summary: 'Check a package and report all errors' },
  { name: 'pack', summary: 'Create the archive of a package' },
  { name: 'publish', summary: 'Sign and publish packages, all or none' },
  { name: 'key generate', summary: 'Create a signing key' },
  { name: 'key list', summary: 'List your signing keys' },
  { name: 'key export', summary: 'Print a public key, or write a secret key to a file' },
  { name: 'key trust', summary: 'Trust a key as an owner of packages, even if no earlier owner approved it' },
  { name: 'key distrust', summary: 'Reject everything that a key signed, even if it is already installed' },
  { name: 'owner list', summary: 'Show the keys that may publish under a name, and their history' },
  { name: 'owner add', summary: 'Allow more keys to publish under a name' },
  { name: 'owner remove', summary: 'Stop keys from publishing under a name' },
  { name: 'yank', summary: 'Exclude a published version from new resolutions' },
  { name: 'unyank', summary: 'Allow a yanked version to be chosen again' },
  { name: 'deprecate', summary: 'Warn users who install a version' },
  { name: 'login', summary: 'Save a token for a registry, and show what it allows' },
  { name: 'logout', summary: 'Remove the saved token for a registry' },
  { name: 'whoami', summary: 'Show what your token for a registry allows' },
  { name: 'search', summary: 'Search a registry for packages' },
  { name: 'info', summary: 'Show details of a package in a registry' },
  { name: 'install', summary: "Install the project's dependencies, or add packages to it" },
  { name: 'ci', summary: 'Install exactly the packages in colony.lock, and prove them' },
  { name: 'resolve', summary: 'Show which versions would be chosen, without changing anything' },
  { name: 'update', summary: 'Update locked packages to newer versions' },
  { name: 'outdated', summary: 'List dependencies with newer versions, and yanked or deprecated ones' },
  { name: 'why', summary: 'Show why a package is installed' },
  { name: 'why-not', summary: 'Explain why the project does not use a version' },
  { name: 'uninstall', summary: 'Remove packages from the project' },
  { name: 'list', summary: 'List installed packages and their status' },
  { name: 'tree', summary: 'Show dependencies as a tree' },
  { name: 'diff', summary: 'Compare two versions of a package' },
  { name: 'licenses', summary: 'List the licenses of installed packages' },
  { name: 'sbom', summary: 'Write a software bill of materials' },
  { name: 'path', summary: 'Print the folder of an installed package' },
  { name: 'verify', summary: 'Prove every installed file against the lock and its signatures' },
  { name: 'gc', summary: 'Remove packages from the store that no project uses' },
  { name: 'store verify', summary: 'Read every package in the store, and repair damaged ones' },
  { name: 'cache dir', summary: 'Print the folder of the cache' },
  { name: 'cache size', summary: 'Show how much space the cache takes' },
  { name: 'cache clean', summary: 'Remove what registries would send again from the cache' },
  { name: 'serve', summary: 'Serve a registry over HTTP' },
  { name: 'serve token create', summary: 'Create a token for a registry that this machine serves' },
  { name: 'serve token list', summary: 'List the tokens of a registry that this machine serves' },
  { name: 'serve token revoke', summary: 'Revoke a token of a registry that this machine serves' },
  { name: 'values show', summary: 'Show the values that a run would get, and their sources' },
  { name: 'values explain', summary: 'Explain an input: its declaration, what sets it and what reads it' },
  { name: 'values schema', summary: "Print the JSON Schema of a package's inputs" },
  { name: 'schema manifest', summary: 'Print the JSON Schema of colony.yaml' },
  { name: 'schema workflow', summary: 'Print the JSON Schema of the documents in workflows/' },
  { name: 'schema tests', summary: 'Print the JSON Schema of the files in tests/' },
  { name: 'render', summary: 'Show a workflow with its inputs filled in, without running it' },
  { name: 'test', summary: "Run the tests of a package's workflows" },
  { name: 'submit', summary: 'Run a workflow' },
  { name: 'colony info', summary: 'Show the current colony, its server and your identity' },
  { name: 'colony executors', summary: 'List the executors of a colony' },
  { name: 'colony functions', summary: 'List the functions that executors of a colony offer' },
  { name: 'config list', summary: 'List your settings, and where each comes from' },
  { name: 'config get', summary: 'Print a setting' },
  { name: 'config set', summary: 'Change a setting in your file' },
  { name: 'config unset', summary: 'Remove a setting from your file' },
  { name: 'context list', summary: 'List your contexts' },
  { name: 'context use', summary: 'Choose the default context' },
  { name: 'context add', summary: 'Save a registry, or a colony and its key, under a name' },
  { name: 'context remove', summary: 'Remove a context, and the key that cpm saved for it' },
  { name: 'workflow list', summary: 'List the runs that this machine knows' },
  { name: 'workflow get', summary: 'Show the nodes of a run, with their times, errors and outputs' },
  { name: 'workflow graph', summary: 'Draw the nodes of a run as a tree, live in a terminal' },
  { name: 'workflow logs', summary: 'Show the logs of a run' },
  { name: 'workflow wait', summary: 'Wait for a run to finish; exits with 10 if it did not succeed' },
  { name: 'workflow cancel', summary: 'Stop a run: its running nodes, and those that have not started' },
  { name: 'workflow rm', summary: 'Remove finished runs, with their logs and outputs' },
  {
    name: 'workflow retry',
    summary: 'Rerun the failed nodes of a run and everything that depends on them, as a new run',
  },
  { name: 'help', summary: 'Explain a command or an error code' },
] as const satisfies readonly CommandSummary[]

type CommandName = (typeof COMMAND_LIST)[number]['name']

/** Shorter names and those of other tools, which work like the command itself. */
export const ALIASES: ReadonlyMap<string, CommandName> = new Map<string, CommandName>([
  ['i', 'install'],
  ['add', 'install'],
  ['rm', 'uninstall'],
  ['remove', 'uninstall'],
  ['ls', 'list'],
  ['run', 'submit'],
  ['lint', 'validate'],
  ['template', 'render'],
])

/** Returns the other names of a command. */
export function aliasesOf(command: string): string[] {
  return [...ALIASES].flatMap(([alias, name]) => (name === command ? [alias] : []))
}
