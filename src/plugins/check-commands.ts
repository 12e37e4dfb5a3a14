import type { DeclaredCommand } from '../schema/plugin.ts'

/** Options that every command has. */
const TAKEN = { long: ['json', 'events', 'quiet', 'debug', 'help'], short: ['q', 'h'] }

/** Returns what keeps cpm from offering a plugin's commands; undefined if nothing does. */
export function problemOfCommands(commands: readonly DeclaredCommand[]): string | undefined {
  for (const { name, options, positionals } of commands) {
    const problem = problemOfOptions(options) ?? problemOfPositionals(positionals, options)
    if (problem !== undefined) return `the command ${name} ${problem}`
  }
  return undefined
}

function problemOfOptions(options: DeclaredCommand['options']): string | undefined {
  const shorts = new Set(TAKEN.short)
  for (const [key, { short }] of Object.entries(options)) {
    if (TAKEN.long.includes(key)) return `has an option ${key}, which every command of cpm has`
    if (short === undefined) continue
    if (shorts.has(short)) return `has the option -${short} twice, or cpm has it for every command`
    shorts.add(short)
  }
  return undefined
}

function problemOfPositionals(
  positionals: DeclaredCommand['positionals'],
  options: DeclaredCommand['options'],
): string | undefined {
  const unknown = positionals.find((key) => !Object.hasOwn(options, key))
  if (unknown !== undefined) return `has no option ${unknown} in its input`
  const early = positionals.slice(0, -1).find((key) => options[key]?.type === 'strings')
  return early === undefined ? undefined : `has the list ${early} before another argument`
}
