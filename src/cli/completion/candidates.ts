import { ALIASES, COMMAND_LIST } from '../shell/command-list.ts'
import type { Candidate, Place, Typed } from './candidate.ts'
import { COMMAND_TABLE } from './command-table.ts'
import { pluginCommands } from './plugin-commands.ts'
import type { CommandFacts, FlagFacts } from './table.ts'
import { valuesOfFlag, valuesOfPositional } from './values.ts'

const GLOBAL_FLAGS: readonly FlagFacts[] = [
  { name: '--json', about: 'print exactly one JSON object' },
  { name: '--events', about: 'print events as JSON lines, then the result' },
  { name: '--quiet', short: '-q', about: 'print only results and errors' },
  { name: '--debug', about: 'print stack traces of errors' },
  { name: '--help', short: '-h', about: 'show this help' },
]

interface KnownCommand extends CommandFacts {
  readonly name: string
  readonly summary: string
}

/**
 * Returns what may follow on a command line.
 * @param words those after `cpm`; the last one is being typed
 */
export async function candidates(words: readonly string[], place: Place): Promise<Candidate[]> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const leading = before.findIndex((word) => !word.startsWith('-'))
  const rest = leading < 0 ? [] : before.slice(leading)
  const commands = allCommands(place)
  const found = findCommand(rest, commands)
  const next = nextWords(before.filter(isWord), commands)
  const own = found ? await afterCommand(found.command, [...found.rest, typed], place) : flagsIn([], typed)
  return unique([...next, ...own]).filter(({ value }) => value.startsWith(typed) && value !== '')
}

function allCommands({ env }: Place): KnownCommand[] {
  const own = COMMAND_LIST.map(({ name, summary }) => ({ name, summary, ...COMMAND_TABLE[name] }))
  return [...own, ...pluginCommands(env)]
}

function isWord(word: string): boolean {
  return !word.startsWith('-')
}

function findCommand(
  words: readonly string[],
  commands: readonly KnownCommand[],
): { command: KnownCommand; rest: string[] } | undefined {
  for (const length of [3, 2, 1]) {
    const name = words.slice(0, length).join(' ')
    const command = words.length < length ? undefined : commands.find((each) => each.name === name)
    if (command) return { command, rest: words.slice(length) }
  }
  const [first = '', ...rest] = words
  const alias = ALIASES.get(first)
  return alias === undefined ? undefined : findCommand([alias, ...rest], commands)
}

/** Returns the words that continue to the name of a command. */
function nextWords(words: readonly string[], commands: readonly KnownCommand[]): Candidate[] {
  const prefix = words.map((word) => `${word} `).join('')
  const names = commands.filter(({ name }) => name.startsWith(prefix) && name !== prefix.trim())
  const aliases = words.length > 0 ? [] : [...ALIASES].map(([value, name]) => ({ value, about: `cpm ${name}` }))
  const found = names.map(({ name, summary }): Candidate => {
    const [value = '', ...more] = name.slice(prefix.length).split(' ')
    return { value, about: more.length === 0 ? summary : actionsOf(`${prefix}${value}`, names) }
  })
  return [...found, ...aliases]
}

function actionsOf(group: string, commands: readonly KnownCommand[]): string {
  const own = commands.find(({ name }) => name === group)
  const actions = commands.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []))
  return own?.summary ?? actions.join(', ')
}

async function afterCommand(command: KnownCommand, words: readonly string[], place: Place): Promise<Candidate[]> {
  const typed = words.at(-1) ?? ''
  const flags = [...command.flags, ...GLOBAL_FLAGS]
  const read = readWords(words.slice(0, -1), flags)
  const about: Typed = { command: command.name, positionals: read.positionals, text: typed }
  if (read.open) return await valuesOfFlag(read.open, about, place)
  const equals = read.isOver || !typed.startsWith('--') ? -1 : typed.indexOf('=')
  const named = equals < 0 ? undefined : flags.find(({ name }) => name === typed.slice(0, equals))
  if (named) {
    const prefix = typed.slice(0, equals + 1)
    const values = await valuesOfFlag(named, { ...about, text: typed.slice(equals + 1) }, place)
    return values.map(({ value, ...rest }) => ({ value: prefix + value, ...rest }))
  }
  if (!read.isOver && typed.startsWith('-')) return flagsIn(flagsLeft(flags, read.used), typed)
  const index = read.positionals.length
  const positional = command.positionals[index] ?? command.positionals.findLast(({ isMany }) => isMany)
  return positional ? await valuesOfPositional(positional, about, place) : []
}

interface ReadWords {
  readonly positionals: string[]
  readonly used: Set<string>
  /** the flag whose value comes next */
  readonly open: FlagFacts | undefined
  /** whether `--` ended the flags */
  readonly isOver: boolean
}

function readWords(words: readonly string[], flags: readonly FlagFacts[]): ReadWords {
  const positionals: string[] = []
  const used = new Set<string>()
  let open: FlagFacts | undefined
  let isOver = false
  for (const word of words) {
    if (open) open = undefined
    else if (isOver || !word.startsWith('-') || word === '-') positionals.push(word)
    else if (word === '--') isOver = true
    else {
      const [name = ''] = word.split('=')
      const flag = flags.find((each) => each.name === name || each.short === name)
      if (flag) used.add(flag.name)
      if (flag?.value !== undefined && !word.includes('=')) open = flag
    }
  }
  return { positionals, used, open, isOver }
}

function flagsLeft(flags: readonly FlagFacts[], used: ReadonlySet<string>): readonly FlagFacts[] {
  return flags.filter(({ name, isMany }) => isMany === true || !used.has(name))
}

/** Offers the long names; a short one only completes itself. */
function flagsIn(flags: readonly FlagFacts[], typed: string): Candidate[] {
  const all = flags.length === 0 ? [...GLOBAL_FLAGS, { name: '--version', about: 'show the version' }] : flags
  return typed.startsWith('-') ? all.map(({ name, about }) => ({ value: name, about })) : []
}

function unique(found: readonly Candidate[]): Candidate[] {
  return [...new Map([...found].reverse().map((candidate) => [candidate.value, candidate])).values()].reverse()
}
