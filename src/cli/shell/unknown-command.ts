import { closest } from '../../core/did-you-mean.ts'
import { CpmError } from '../../core/errors.ts'
import type { CommandSummary } from './command-list.ts'
import { COMMANDS } from './commands.ts'

/** Names of cpm's commands in other tools. */
const SYNONYMS: Readonly<Record<string, string>> = {
  in: 'install',
  get: 'install',
  fetch: 'install',
  download: 'install',
  sync: 'ci',
  'clean-install': 'ci',
  un: 'uninstall',
  delete: 'uninstall',
  del: 'uninstall',
  ll: 'list',
  la: 'list',
  freeze: 'list',
  check: 'validate',
  generate: 'render',
  expand: 'render',
  exec: 'submit',
  x: 'submit',
  start: 'submit',
  execute: 'submit',
  upgrade: 'update',
  up: 'update',
  show: 'info',
  view: 'info',
  inspect: 'info',
  describe: 'info',
  explain: 'why',
  lock: 'resolve',
  build: 'pack',
  package: 'pack',
  push: 'publish',
  release: 'publish',
  upload: 'publish',
  unpublish: 'yank',
  retract: 'yank',
  find: 'search',
  new: 'init',
  create: 'init',
  audit: 'verify',
  which: 'path',
  where: 'path',
  prune: 'gc',
  clean: 'cache clean',
  server: 'serve',
  signin: 'login',
  auth: 'login',
  adduser: 'login',
  signout: 'logout',
  version: '--version',
  man: 'help',
  keygen: 'key generate',
  keys: 'key list',
  owners: 'owner list',
  contexts: 'context list',
  executors: 'colony executors',
  functions: 'colony functions',
  runs: 'workflow list',
  ps: 'workflow list',
  status: 'workflow get',
  log: 'workflow logs',
  logs: 'workflow logs',
  graph: 'workflow graph',
  wait: 'workflow wait',
  cancel: 'workflow cancel',
  stop: 'workflow cancel',
  kill: 'workflow cancel',
  retry: 'workflow retry',
  rerun: 'workflow retry',
}

/** Synonyms for commands of a group, best match first. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ls: ['list'],
  show: ['get', 'list', 'info', 'export'],
  view: ['get', 'show', 'list', 'info'],
  status: ['get', 'info'],
  info: ['get', 'show'],
  describe: ['get', 'explain', 'info'],
  rm: ['remove', 'revoke'],
  remove: ['rm', 'revoke'],
  delete: ['remove', 'rm', 'revoke'],
  del: ['remove', 'rm', 'revoke'],
  new: ['create', 'generate', 'add'],
  create: ['generate', 'add'],
  make: ['create', 'generate', 'add'],
  gen: ['generate'],
  add: ['generate', 'create', 'trust'],
  set: ['use', 'add'],
  switch: ['use'],
  select: ['use'],
  log: ['logs'],
  tail: ['logs'],
  stop: ['cancel'],
  kill: ['cancel'],
  rerun: ['retry'],
  restart: ['retry'],
  why: ['explain'],
  tree: ['graph'],
}

/**
 * Returns the error for an unknown command, with a suggestion if there is a likely one.
 * @param others commands of plugins
 */
export function unknownCommand(words: readonly string[], others: readonly CommandSummary[] = []): CpmError {
  const [word = '', ...rest] = words
  const actions = [...actionsOf(word), ...actionsOf(word, others)]
  if (actions.length > 0) return unknownAction(word, actions, rest)
  const swapped = inOtherOrder(word, rest[0], rest.slice(1))
  if (swapped) return swapped
  const firsts = [...COMMANDS, ...others].map(({ name }) => name.split(' ')[0] ?? name)
  const meant = (Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined) ?? closest(word, firsts)
  const fact = `there is no command ${word}`
  if (meant === undefined) return new CpmError('USAGE', fact, { hint: 'cpm help' })
  const actionsMeant = [...actionsOf(meant), ...actionsOf(meant, others)]
  const hint =
    actionsMeant.length > 0 && !actionsMeant.includes(rest[0] ?? '') ? `cpm help ${meant}` : lineOf(meant, rest)
  return new CpmError('USAGE', `${fact}; did you mean cpm ${meant}?`, { hint })
}

function unknownAction(group: string, actions: readonly string[], [word, ...rest]: readonly string[]): CpmError {
  const choices = `cpm ${group} needs one of: ${actions.join(', ')}`
  if (word === undefined) return new CpmError('USAGE', choices, { hint: `cpm help ${group}` })
  const swapped = inOtherOrder(group, word, rest)
  if (swapped) return swapped
  const known = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined
  const meant = known?.find((action) => actions.includes(action)) ?? closest(word, actions)
  if (meant === undefined)
    return new CpmError('USAGE', `there is no command ${group} ${word}; ${choices}`, { hint: `cpm help ${group}` })
  const fact = `there is no command ${group} ${word}; did you mean cpm ${group} ${meant}?`
  return new CpmError('USAGE', fact, { hint: lineOf(`${group} ${meant}`, rest) })
}

/** Returns the error for a group and an action in the wrong order, such as `generate key`. */
function inOtherOrder(first: string, second: string | undefined, rest: readonly string[]): CpmError | undefined {
  const meant = `${second} ${first}`
  if (!COMMANDS.some(({ name }) => name === meant)) return undefined
  const fact = `there is no command ${first} ${second}; did you mean cpm ${meant}?`
  return new CpmError('USAGE', fact, { hint: lineOf(meant, rest) })
}

/** Returns the names of a group's commands, without the group. */
function actionsOf(group: string, commands: readonly CommandSummary[] = COMMANDS): string[] {
  return commands.filter(({ name }) => name.startsWith(`${group} `)).map(({ name }) => name.slice(group.length + 1))
}

/** Returns a command line with the typed arguments if all are plain words: an option may contain a secret. */
function lineOf(command: string, rest: readonly string[]): string {
  const isPlain = rest.every((text) => /^[\w@./^~+-]+$/.test(text) && !text.startsWith('-'))
  return ['cpm', command, ...(isPlain ? rest : [])].join(' ')
}
