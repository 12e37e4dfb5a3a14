import type { Command, CommandDefinition } from './define-command.ts'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{ default: unknown }>
}

/**
 * All commands, with their summaries for help. A command's module loads only when it runs, so that commands don't slow
 * each other down.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Create a package or project in a folder',
    load: () => import('../commands/package/init.ts'),
  },
  {
    name: 'validate',
    summary: 'Check a package and report all errors',
    load: () => import('../commands/package/validate.ts'),
  },
  { name: 'pack', summary: 'Create the archive of a package', load: () => import('../commands/package/pack.ts') },
  {
    name: 'publish',
    summary: 'Sign and publish packages, all or none',
    load: () => import('../commands/package/publish.ts'),
  },
  { name: 'key generate', summary: 'Create a signing key', load: () => import('../commands/key/generate.ts') },
  { name: 'key list', summary: 'List your signing keys', load: () => import('../commands/key/list.ts') },
  {
    name: 'key export',
    summary: 'Print a public key, or write a secret key to a file',
    load: () => import('../commands/key/export.ts'),
  },
  {
    name: 'key trust',
    summary: 'Trust a key as an owner of packages, even if no earlier owner approved it',
    load: () => import('../commands/key/trust.ts'),
  },
  {
    name: 'key distrust',
    summary: 'Reject everything that a key signed, even if it is already installed',
    load: () => import('../commands/key/distrust.ts'),
  },
  {
    name: 'owner list',
    summary: 'Show the keys that may publish under a name, and their history',
    load: () => import('../commands/owner/list.ts'),
  },
  {
    name: 'owner add',
    summary: 'Allow more keys to publish under a name',
    load: () => import('../commands/owner/add.ts'),
  },
  {
    name: 'owner remove',
    summary: 'Stop keys from publishing under a name',
    load: () => import('../commands/owner/remove.ts'),
  },
  {
    name: 'yank',
    summary: 'Exclude a published version from new resolutions',
    load: () => import('../commands/registry/yank.ts'),
  },
  {
    name: 'unyank',
    summary: 'Allow a yanked version to be chosen again',
    load: () => import('../commands/registry/unyank.ts'),
  },
  {
    name: 'deprecate',
    summary: 'Warn users who install a version',
    load: () => import('../commands/registry/deprecate.ts'),
  },
  {
    name: 'login',
    summary: 'Save a token for a registry, and show what it allows',
    load: () => import('../commands/registry/login.ts'),
  },
  {
    name: 'logout',
    summary: 'Remove the saved token for a registry',
    load: () => import('../commands/registry/logout.ts'),
  },
  {
    name: 'whoami',
    summary: 'Show what your token for a registry allows',
    load: () => import('../commands/registry/whoami.ts'),
  },
  { name: 'search', summary: 'Search a registry for packages', load: () => import('../commands/registry/search.ts') },
  {
    name: 'info',
    summary: 'Show details of a package in a registry',
    load: () => import('../commands/registry/info.ts'),
  },
  {
    name: 'install',
    summary: "Install the project's dependencies, or add packages to it",
    load: () => import('../commands/project/install.ts'),
  },
  {
    name: 'ci',
    summary: 'Install exactly the packages in colony.lock, and prove them',
    load: () => import('../commands/project/ci.ts'),
  },
  {
    name: 'resolve',
    summary: 'Show which versions would be chosen, without changing anything',
    load: () => import('../commands/project/resolve.ts'),
  },
  {
    name: 'update',
    summary: 'Update locked packages to newer versions',
    load: () => import('../commands/project/update.ts'),
  },
  {
    name: 'outdated',
    summary: 'List dependencies with newer versions, and yanked or deprecated ones',
    load: () => import('../commands/project/outdated.ts'),
  },
  { name: 'why', summary: 'Show why a package is installed', load: () => import('../commands/project/why.ts') },
  {
    name: 'why-not',
    summary: 'Explain why the project does not use a version',
    load: () => import('../commands/project/why-not.ts'),
  },
  {
    name: 'uninstall',
    summary: 'Remove packages from the project',
    load: () => import('../commands/project/uninstall.ts'),
  },
  {
    name: 'list',
    summary: 'List installed packages and their status',
    load: () => import('../commands/project/list.ts'),
  },
  {
    name: 'path',
    summary: 'Print the folder of an installed package',
    load: () => import('../commands/project/path.ts'),
  },
  {
    name: 'verify',
    summary: 'Prove every installed file against the lock and its signatures',
    load: () => import('../commands/project/verify.ts'),
  },
  {
    name: 'gc',
    summary: 'Remove packages from the store that no project uses',
    load: () => import('../commands/store/gc.ts'),
  },
  {
    name: 'store verify',
    summary: 'Read every package in the store, and repair damaged ones',
    load: () => import('../commands/store/verify.ts'),
  },
  { name: 'cache dir', summary: 'Print the folder of the cache', load: () => import('../commands/cache/dir.ts') },
  {
    name: 'cache size',
    summary: 'Show how much space the cache takes',
    load: () => import('../commands/cache/size.ts'),
  },
  {
    name: 'cache clean',
    summary: 'Remove what registries would send again from the cache',
    load: () => import('../commands/cache/clean.ts'),
  },
  { name: 'serve', summary: 'Serve a registry over HTTP', load: () => import('../commands/serve/serve.ts') },
  {
    name: 'serve token create',
    summary: 'Create a token for a registry that this machine serves',
    load: () => import('../commands/serve/token-create.ts'),
  },
  {
    name: 'serve token list',
    summary: 'List the tokens of a registry that this machine serves',
    load: () => import('../commands/serve/token-list.ts'),
  },
  {
    name: 'serve token revoke',
    summary: 'Revoke a token of a registry that this machine serves',
    load: () => import('../commands/serve/token-revoke.ts'),
  },
  {
    name: 'values show',
    summary: 'Show the values that a run would get, and their sources',
    load: () => import('../commands/values/show.ts'),
  },
  {
    name: 'values explain',
    summary: 'Explain an input: its declaration, what sets it and what reads it',
    load: () => import('../commands/values/explain.ts'),
  },
  {
    name: 'values schema',
    summary: "Print the JSON Schema of a package's inputs",
    load: () => import('../commands/values/schema.ts'),
  },
  {
    name: 'schema manifest',
    summary: 'Print the JSON Schema of colony.yaml',
    load: () => import('../commands/values/manifest-schema.ts'),
  },
  {
    name: 'schema workflow',
    summary: 'Print the JSON Schema of the documents in workflows/',
    load: () => import('../commands/values/workflow-schema.ts'),
  },
  {
    name: 'schema tests',
    summary: 'Print the JSON Schema of the files in tests/',
    load: () => import('../commands/values/tests-schema.ts'),
  },
  {
    name: 'render',
    summary: 'Show a workflow with its inputs filled in, without running it',
    load: () => import('../commands/package/render.ts'),
  },
  {
    name: 'test',
    summary: "Run the tests of a package's workflows",
    load: () => import('../commands/package/test.ts'),
  },
  { name: 'submit', summary: 'Run a workflow', load: () => import('../commands/run/submit.ts') },
  {
    name: 'colony info',
    summary: 'Show the current colony, its server and your identity',
    load: () => import('../commands/colony/info.ts'),
  },
  {
    name: 'colony executors',
    summary: 'List the executors of a colony',
    load: () => import('../commands/colony/executors.ts'),
  },
  {
    name: 'colony functions',
    summary: 'List the functions that executors of a colony offer',
    load: () => import('../commands/colony/functions.ts'),
  },
  { name: 'context list', summary: 'List your contexts', load: () => import('../commands/context/list.ts') },
  {
    name: 'context use',
    summary: 'Choose the default context',
    load: () => import('../commands/context/use.ts'),
  },
  {
    name: 'context add',
    summary: 'Save a registry, or a colony and its key, under a name',
    load: () => import('../commands/context/add.ts'),
  },
  {
    name: 'context remove',
    summary: 'Remove a context, and the key that cpm saved for it',
    load: () => import('../commands/context/remove.ts'),
  },
  {
    name: 'workflow list',
    summary: 'List the runs that this machine knows',
    load: () => import('../commands/workflow/list.ts'),
  },
  {
    name: 'workflow get',
    summary: 'Show the nodes of a run, with their times, errors and outputs',
    load: () => import('../commands/workflow/get.ts'),
  },
  {
    name: 'workflow graph',
    summary: 'Draw the nodes of a run as a tree, live in a terminal',
    load: () => import('../commands/workflow/graph.ts'),
  },
  {
    name: 'workflow logs',
    summary: 'Show the logs of a run',
    load: () => import('../commands/workflow/logs.ts'),
  },
  {
    name: 'workflow wait',
    summary: 'Wait for a run to finish; exits with 10 if it did not succeed',
    load: () => import('../commands/workflow/wait.ts'),
  },
  {
    name: 'workflow cancel',
    summary: 'Stop a run: its running nodes, and those that have not started',
    load: () => import('../commands/workflow/cancel.ts'),
  },
  {
    name: 'workflow rm',
    summary: 'Remove finished runs, with their logs and outputs',
    load: () => import('../commands/workflow/rm.ts'),
  },
  {
    name: 'workflow retry',
    summary: 'Rerun the failed nodes of a run and everything that depends on them, as a new run',
    load: () => import('../commands/workflow/retry.ts'),
  },
  { name: 'help', summary: 'Explain a command or an error code', load: () => import('../commands/help.ts') },
]

export async function loadCommand({ name, summary, load }: CommandEntry): Promise<Command> {
  // Each module has its own input types, which are erased here.
  const definition = (await load()).default as CommandDefinition
  return { name, summary, ...definition }
}

/** Finds the command that the first words name. Returns it with the remaining words. */
export function findCommand(words: readonly string[]): { entry: CommandEntry; rest: string[] } | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ')
    const entry = words.length >= length ? COMMANDS.find((command) => command.name === name) : undefined
    if (entry) return { entry, rest: words.slice(length) }
  }
  return undefined
}
