import { Command as Commander, CommanderError, Option } from 'commander'
import { z } from 'zod'
import '../../schema/own-words.ts'
import { CpmError } from '../../core/errors.ts'
import { argumentProblem } from './argument-problem.ts'
import { aliasesOf } from './command-list.ts'
import type { Command } from './define-command.ts'
import { addGlobalFlags } from './global-flags.ts'
import { kebab } from './kebab.ts'
import { usageProblem } from './usage-problem.ts'

export type Parsed = { kind: 'help'; text: string } | { kind: 'run'; input: Record<string, unknown> }

/** Parses the arguments of a command by its declared input. @throws CpmError USAGE */
export function parseArguments(command: Command, argv: readonly string[]): Parsed {
  const commander = new Commander(`cpm ${command.name}`)
  let help = ''
  commander.description(command.summary).exitOverride().showSuggestionAfterError(false)
  commander.configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
  addGlobalFlags(commander)
  const positionals = command.positionals ?? []
  for (const key of positionals) addPositional(commander, key, command.input.shape[key] as z.ZodType)
  for (const { option } of commandOptions(command)) commander.addOption(option)
  commander.addHelpText('after', () => aliasesText(command) + examplesText(command))
  try {
    commander.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { kind: 'help', text: help }
    throw usageProblem(error, commander, argv)
  }
  const given: Record<string, unknown> = { ...commander.opts() }
  positionals.forEach((key, index) => {
    given[key] = commander.processedArgs[index]
  })
  const keys = Object.keys(command.input.shape)
  const input = Object.fromEntries(keys.filter((key) => given[key] !== undefined).map((key) => [key, given[key]]))
  const [empty] = Object.entries(input).find(([, value]) => [value].flat().includes('')) ?? []
  // Usually an unset variable in a script, which must not mean the working folder.
  if (empty !== undefined) {
    throw new CpmError('USAGE', `${flagName(empty, positionals)}: is empty`, { hint: `cpm ${command.name} --help` })
  }
  const result = command.input.safeParse(input, { error: argumentProblem })
  if (result.success) return { kind: 'run', input: result.data }
  const lines = result.error.issues.map(({ path, message }) => {
    const key = String(path[0])
    // A message that quotes a positional argument needs no name in front of it.
    return positionals.includes(key) && message.startsWith('"') ? message : `${flagName(key, positionals)}: ${message}`
  })
  throw new CpmError('USAGE', lines.join('; '), { hint: `cpm ${command.name} --help` })
}

/** Returns the options of a command, each with its key in the input. */
export function commandOptions({ input, positionals = [] }: Command): { key: string; option: Option }[] {
  return Object.entries(input.shape).flatMap(([key, schema]) =>
    positionals.includes(key) ? [] : toOptions(key, schema as z.ZodType).map((option) => ({ key, option })),
  )
}

interface Unwrapped {
  type: z.ZodType
  optional: boolean
}

function unwrap(schema: z.ZodType): Unwrapped {
  if (schema instanceof z.ZodOptional) return { type: schema.unwrap() as z.ZodType, optional: true }
  if (schema instanceof z.ZodDefault) return { type: schema.unwrap() as z.ZodType, optional: true }
  return { type: schema, optional: false }
}

function addPositional(commander: Commander, key: string, schema: z.ZodType): void {
  const { type, optional } = unwrap(schema)
  const many = type instanceof z.ZodArray
  const needed = !optional && !(many && type.safeParse([]).success)
  const name = `${schema.meta()?.value ?? key}${many ? '...' : ''}`
  commander.argument(needed ? `<${name}>` : `[${name}]`, describe(schema))
}

function toOptions(key: string, schema: z.ZodType): Option[] {
  const { type } = unwrap(schema)
  const meta = schema.meta()
  const short = meta?.short === undefined ? '' : `-${meta.short}, `
  const flag = kebab(key)
  const description = describe(schema)
  if (type instanceof z.ZodBoolean) {
    const option = new Option(`${short}--${flag}`, description)
    // Without a default there are three states: on, off, and unset.
    return schema instanceof z.ZodOptional
      ? [option, new Option(`--no-${flag}`, meta?.opposite ?? `the opposite of --${flag}`)]
      : [option]
  }
  const option = new Option(`${short}--${flag} <${meta?.value ?? 'value'}>`, description)
  if (type instanceof z.ZodEnum) option.choices(type.options.map(String))
  if (type instanceof z.ZodArray)
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  return [option]
}

function describe(schema: z.ZodType): string {
  return schema.description ?? unwrap(schema).type.description ?? ''
}

function flagName(key: string, positionals: readonly string[]): string {
  return positionals.includes(key) ? key : `--${kebab(key)}`
}

function aliasesText({ name }: Command): string {
  const aliases = aliasesOf(name)
  return aliases.length === 0 ? '' : `\nAlso: ${aliases.map((alias) => `cpm ${alias}`).join(', ')}\n`
}

function examplesText({ examples }: Command): string {
  if (examples.length === 0) return ''
  const width = Math.max(...examples.map(([, line]) => line.length))
  return ['', 'Examples:', ...examples.map(([what, line]) => `  ${line.padEnd(width)}  ${what}`), ''].join('\n')
}
