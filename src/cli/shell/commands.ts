import { ALIASES, COMMAND_LIST, type CommandSummary } from './command-list.ts'
import type { Command, CommandDefinition } from './define-command.ts'

export interface CommandEntry extends CommandSummary {
  readonly load: () => Promise<{ default: unknown }>
}

type CommandName = (typeof COMMAND_LIST)[number]['name']

/** A command's module loads only when it runs, so that commands don't slow each other down. */
const LOADERS: Record<CommandName, CommandEntry['load']> = {
  init: () => import('../commands/package/init.ts'),
  validate: () => import('../commands/package/validate.ts'),
  pack: () => import('../commands/package/pack.ts'),
  publish: () => import('../commands/package/publish.ts'),
  'key generate': () => import('../commands/key/generate.ts'),
  'key list': () => import('../commands/key/list.ts'),
  'key export': () => import('../commands/key/export.ts'),
  'key trust': () => import('../commands/key/trust.ts'),
  'key distrust': () => import('../commands/key/distrust.ts'),
  'owner list': () => import('../commands/owner/list.ts'),
  'owner add': () => import('../commands/owner/add.ts'),
  'owner remove': () => import('../commands/owner/remove.ts'),
  yank: () => import('../commands/registry/yank.ts'),
  unyank: () => import('../commands/registry/unyank.ts'),
  deprecate: () => import('../commands/registry/deprecate.ts'),
  login: () => import('../commands/registry/login.ts'),
  logout: () => import('../commands/registry/logout.ts'),
  whoami: () => import('../commands/registry/whoami.ts'),
  search: () => import('../commands/registry/search.ts'),
  info: () => import('../commands/registry/info.ts'),
  install: () => import('../commands/project/install.ts'),
  ci: () => import('../commands/project/ci.ts'),
  resolve: () => import('../commands/project/resolve.ts'),
  update: () => import('../commands/project/update.ts'),
  outdated: () => import('../commands/project/outdated.ts'),
  why: () => import('../commands/project/why.ts'),
  'why-not': () => import('../commands/project/why-not.ts'),
  uninstall: () => import('../commands/project/uninstall.ts'),
  list: () => import('../commands/project/list.ts'),
  diff: () => import('../commands/package/diff.ts'),
  licenses: () => import('../commands/project/licenses.ts'),
  sbom: () => import('../commands/project/sbom.ts'),
  tree: () => import('../commands/project/tree.ts'),
  path: () => import('../commands/project/path.ts'),
  verify: () => import('../commands/project/verify.ts'),
  audit: () => import('../commands/project/audit.ts'),
  policy: () => import('../commands/policy/policy.ts'),
  'policy check': () => import('../commands/policy/check.ts'),
  gc: () => import('../commands/store/gc.ts'),
  'store verify': () => import('../commands/store/verify.ts'),
  'cache dir': () => import('../commands/cache/dir.ts'),
  'cache size': () => import('../commands/cache/size.ts'),
  'cache clean': () => import('../commands/cache/clean.ts'),
  serve: () => import('../commands/serve/serve.ts'),
  'serve token create': () => import('../commands/serve/token-create.ts'),
  'serve token list': () => import('../commands/serve/token-list.ts'),
  'serve token revoke': () => import('../commands/serve/token-revoke.ts'),
  'values show': () => import('../commands/values/show.ts'),
  'values explain': () => import('../commands/values/explain.ts'),
  'values schema': () => import('../commands/values/schema.ts'),
  'schema manifest': () => import('../commands/values/manifest-schema.ts'),
  'schema workflow': () => import('../commands/values/workflow-schema.ts'),
  'schema tests': () => import('../commands/values/tests-schema.ts'),
  render: () => import('../commands/package/render.ts'),
  test: () => import('../commands/package/test.ts'),
  submit: () => import('../commands/run/submit.ts'),
  'colony info': () => import('../commands/colony/info.ts'),
  'colony executors': () => import('../commands/colony/executors.ts'),
  'colony functions': () => import('../commands/colony/functions.ts'),
  'config list': () => import('../commands/config/list.ts'),
  'config get': () => import('../commands/config/get.ts'),
  'config set': () => import('../commands/config/set.ts'),
  'config unset': () => import('../commands/config/unset.ts'),
  'context list': () => import('../commands/context/list.ts'),
  'context use': () => import('../commands/context/use.ts'),
  'context add': () => import('../commands/context/add.ts'),
  'context remove': () => import('../commands/context/remove.ts'),
  'workflow list': () => import('../commands/workflow/list.ts'),
  'workflow get': () => import('../commands/workflow/get.ts'),
  'workflow graph': () => import('../commands/workflow/graph.ts'),
  'workflow logs': () => import('../commands/workflow/logs.ts'),
  'workflow wait': () => import('../commands/workflow/wait.ts'),
  'workflow cancel': () => import('../commands/workflow/cancel.ts'),
  'workflow rm': () => import('../commands/workflow/rm.ts'),
  'workflow retry': () => import('../commands/workflow/retry.ts'),
  'plugins list': () => import('../commands/plugins/list.ts'),
  'plugins info': () => import('../commands/plugins/info.ts'),
  'plugins add': () => import('../commands/plugins/add.ts'),
  'plugins remove': () => import('../commands/plugins/remove.ts'),
  'plugins enable': () => import('../commands/plugins/enable.ts'),
  'plugins disable': () => import('../commands/plugins/disable.ts'),
  doctor: () => import('../commands/doctor.ts'),
  bug: () => import('../commands/bug.ts'),
  'bridge install': () => import('../commands/bridge/install.ts'),
  'bridge uninstall': () => import('../commands/bridge/uninstall.ts'),
  'bridge verify': () => import('../commands/bridge/verify.ts'),
  'bridge state': () => import('../commands/bridge/state.ts'),
  'bridge serve': () => import('../commands/bridge/serve.ts'),
  completion: () => import('../commands/completion.ts'),
  help: () => import('../commands/help.ts'),
}

export const COMMANDS: readonly CommandEntry[] = COMMAND_LIST.map((command) => ({
  ...command,
  load: LOADERS[command.name],
}))

export async function loadCommand({ name, summary, load }: CommandEntry): Promise<Command> {
  // Each module has its own input types, which are erased here.
  const definition = (await load()).default as CommandDefinition
  return { name, summary, ...definition }
}

/** Finds the command that the first words name, or its alias. Returns it with the remaining words. */
export function findCommand(words: readonly string[]): { entry: CommandEntry; rest: string[] } | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ')
    const entry = words.length >= length ? COMMANDS.find((command) => command.name === name) : undefined
    if (entry) return { entry, rest: words.slice(length) }
  }
  const [first = '', ...rest] = words
  const alias = ALIASES.get(first)
  return alias === undefined ? undefined : findCommand([alias, ...rest])
}
