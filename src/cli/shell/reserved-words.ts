import { ALIASES, COMMAND_LIST } from './command-list.ts'

/** First words of cpm's own commands, which plugins may not have. */
export function reservedWords(): string[] {
  return [...new Set([...COMMAND_LIST.map(({ name }) => name.split(' ')[0] ?? name), ...ALIASES.keys()])]
}
