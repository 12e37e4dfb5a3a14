import type { Command, CommandDefinition } from './define-command.ts'

export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{ default: unknown }>
}

/** All commands there are, by name; what help says of each stands here only. A command's module is loaded when it is called, so that none pays for the others. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Start a package or project in a folder',
    load: () => import('../commands/package/init.ts'),
  },
  {
    name: 'validate',
    summary: 'Check a package and report every error at once',
    load: () => import('../commands/package/validate.ts'),
  },
  { name: 'pack', summary: 'Make the archive of a package', load: () => import('../commands/package/pack.ts') },
  {
    name: 'publish',
    summary: 'Sign packages and publish them together',
    load: () => import('../commands/package/publish.ts'),
  },
  { name: 'key generate', summary: 'Make a signing key', load: () => import('../commands/key/generate.ts') },
  { name: 'key list', summary: 'List your signing keys', load: () => import('../commands/key/list.ts') },
  {
    name: 'key export',
    summary: 'Print a public key, or write a secret one to a file',
    load: () => import('../commands/key/export.ts'),
  },
  {
    name: 'key trust',
    summary: 'Accept a key as owner of packages, although no owner before it said so',
    load: () => import('../commands/key/trust.ts'),
  },
  {
    name: 'key distrust',
    summary: 'Refuse whatever a key signed, also what is installed already',
    load: () => import('../commands/key/distrust.ts'),
  },
  {
    name: 'owner list',
    summary: 'Show which keys may publish under a name, and how it came to them',
    load: () => import('../commands/owner/list.ts'),
  },
  {
    name: 'owner add',
    summary: 'Let further keys publish under a name',
    load: () => import('../commands/owner/add.ts'),
  },
  {
    name: 'owner remove',
    summary: 'Take the right to publish under a name from keys',
    load: () => import('../commands/owner/remove.ts'),
  },
  {
    name: 'yank',
    summary: 'Keep a published version from being chosen anew',
    load: () => import('../commands/registry/yank.ts'),
  },
  {
    name: 'unyank',
    summary: 'Let a yanked version be chosen again',
    load: () => import('../commands/registry/unyank.ts'),
  },
  {
    name: 'deprecate',
    summary: 'Warn those who install a version',
    load: () => import('../commands/registry/deprecate.ts'),
  },
  {
    name: 'login',
    summary: 'Keep a token for a registry, after asking it what the token may do',
    load: () => import('../commands/registry/login.ts'),
  },
  {
    name: 'logout',
    summary: 'Forget the token kept for a registry',
    load: () => import('../commands/registry/logout.ts'),
  },
  {
    name: 'whoami',
    summary: 'Show what your token for a registry may do',
    load: () => import('../commands/registry/whoami.ts'),
  },
  { name: 'search', summary: 'Find packages in the registry', load: () => import('../commands/registry/search.ts') },
  {
    name: 'info',
    summary: 'Show what a registry says of a package',
    load: () => import('../commands/registry/info.ts'),
  },
  {
    name: 'install',
    summary: 'Install what the project needs, and add packages to it',
    load: () => import('../commands/project/install.ts'),
  },
  {
    name: 'ci',
    summary: 'Install exactly what the lock says, proving every byte',
    load: () => import('../commands/project/ci.ts'),
  },
  {
    name: 'resolve',
    summary: 'Show which versions would be chosen, and change nothing',
    load: () => import('../commands/project/resolve.ts'),
  },
  {
    name: 'update',
    summary: 'Take newer versions than the lock has',
    load: () => import('../commands/project/update.ts'),
  },
  {
    name: 'outdated',
    summary: 'List dependencies with newer versions, and locked versions that were yanked or deprecated',
    load: () => import('../commands/project/outdated.ts'),
  },
  { name: 'why', summary: 'Show what needs an installed package', load: () => import('../commands/project/why.ts') },
  {
    name: 'why-not',
    summary: 'Tell why the project does not have a version',
    load: () => import('../commands/project/why-not.ts'),
  },
  {
    name: 'uninstall',
    summary: 'Remove packages from the project',
    load: () => import('../commands/project/uninstall.ts'),
  },
  {
    name: 'list',
    summary: 'List what is installed, and what was said of it since',
    load: () => import('../commands/project/list.ts'),
  },
  { name: 'path', summary: 'Print where an installed package is', load: () => import('../commands/project/path.ts') },
  {
    name: 'verify',
    summary: 'Prove every installed file by the lock and its signatures',
    load: () => import('../commands/project/verify.ts'),
  },
  { name: 'serve', summary: 'Serve a registry over HTTP', load: () => import('../commands/serve/serve.ts') },
  {
    name: 'serve token create',
    summary: 'Make a token for a registry that this machine serves',
    load: () => import('../commands/serve/token-create.ts'),
  },
  {
    name: 'serve token list',
    summary: 'List the tokens of a registry that this machine serves',
    load: () => import('../commands/serve/token-list.ts'),
  },
  {
    name: 'serve token revoke',
    summary: 'Make a token of a registry that this machine serves worthless',
    load: () => import('../commands/serve/token-revoke.ts'),
  },
  {
    name: 'values show',
    summary: 'Show the values that a run would get, and where each comes from',
    load: () => import('../commands/values/show.ts'),
  },
  {
    name: 'values explain',
    summary: 'Tell who set an input, what is declared of it, and who reads it',
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
    name: 'render',
    summary: 'Show what a workflow becomes with its inputs, and run nothing',
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
    summary: 'Show the colony in use, its server and whom it takes you for',
    load: () => import('../commands/colony/info.ts'),
  },
  {
    name: 'colony executors',
    summary: 'List the executors of the colony',
    load: () => import('../commands/colony/executors.ts'),
  },
  {
    name: 'colony functions',
    summary: 'List the functions that executors of the colony offer',
    load: () => import('../commands/colony/functions.ts'),
  },
  { name: 'context list', summary: 'List your contexts', load: () => import('../commands/context/list.ts') },
  {
    name: 'context use',
    summary: 'Choose the context for commands that name none',
    load: () => import('../commands/context/use.ts'),
  },
  {
    name: 'context add',
    summary: 'Give a name to a registry, a colony and the key for it',
    load: () => import('../commands/context/add.ts'),
  },
  {
    name: 'context remove',
    summary: 'Forget a context, and the key that cpm keeps for it',
    load: () => import('../commands/context/remove.ts'),
  },
  {
    name: 'workflow list',
    summary: 'List the runs of workflows that this machine knows',
    load: () => import('../commands/workflow/list.ts'),
  },
  {
    name: 'workflow get',
    summary: 'Show a run: its nodes, how long they took, why they failed, what they handed on',
    load: () => import('../commands/workflow/get.ts'),
  },
  {
    name: 'workflow graph',
    summary: 'Draw the nodes of a run as a tree, in a terminal for as long as it runs',
    load: () => import('../commands/workflow/graph.ts'),
  },
  {
    name: 'workflow logs',
    summary: 'Show what the nodes of a run wrote',
    load: () => import('../commands/workflow/logs.ts'),
  },
  {
    name: 'workflow wait',
    summary: 'Wait for the end of a run; exits 10 when it was not successful',
    load: () => import('../commands/workflow/wait.ts'),
  },
  {
    name: 'workflow cancel',
    summary: 'End what runs of a run, and keep the rest from starting',
    load: () => import('../commands/workflow/cancel.ts'),
  },
  {
    name: 'workflow rm',
    summary: 'Forget runs that are over, with their logs and outputs',
    load: () => import('../commands/workflow/rm.ts'),
  },
  {
    name: 'workflow retry',
    summary: 'Run again what failed of a run, and what hung on it, as a new run',
    load: () => import('../commands/workflow/retry.ts'),
  },
  { name: 'help', summary: 'Explain a command or an error code', load: () => import('../commands/help.ts') },
]

export async function loadCommand({ name, summary, load }: CommandEntry): Promise<Command> {
  // Each module's own types are those of its input; here they are all alike.
  const definition = (await load()).default as CommandDefinition
  return { name, summary, ...definition }
}

/** The command that the first words name, and the words after it. */
export function findCommand(words: readonly string[]): { entry: CommandEntry; rest: string[] } | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ')
    const entry = words.length >= length ? COMMANDS.find((command) => command.name === name) : undefined
    if (entry) return { entry, rest: words.slice(length) }
  }
  return undefined
}
