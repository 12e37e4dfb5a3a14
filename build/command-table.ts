import path from 'node:path'
import prettier from 'prettier'
import { z } from 'zod'
import type { CommandFacts, FlagFacts, PositionalFacts } from '../src/cli/completion/table.ts'
import { COMMANDS, loadCommand } from '../src/cli/shell/commands.ts'
import type { Command } from '../src/cli/shell/define-command.ts'
import { commandOptions } from '../src/cli/shell/program.ts'
import { settingKeys } from '../src/core/setting-keys.ts'

const FILE = path.resolve(import.meta.dirname, '../src/cli/completion/command-table.ts')

/** Writes the module from which completion and suggestions know all commands without loading any of them. */
export async function commandTable(): Promise<string> {
  const entries: [string, CommandFacts][] = []
  for (const entry of COMMANDS) entries.push([entry.name, factsOf(await loadCommand(entry))])
  const text = `import type { COMMAND_LIST } from '../shell/command-list.ts'
    import type { CommandFacts } from './table.ts'

    /** Generated from the declarations of the commands by \`npm run docs\`. */
    export const COMMAND_TABLE: Record<(typeof COMMAND_LIST)[number]['name'], CommandFacts> =
      ${JSON.stringify(Object.fromEntries(entries))}

    /** The keys of all settings; \`<name>\` stands for a name that the user chooses. */
    export const SETTING_KEYS: readonly string[] = ${JSON.stringify(settingKeys())}
  `
  return await prettier.format(text, { ...(await prettier.resolveConfig(FILE)), filepath: FILE })
}

function factsOf(command: Command): CommandFacts {
  const positionals = (command.positionals ?? []).map((key): PositionalFacts => {
    const schema = command.input.shape[key] as z.ZodType
    const type = inner(schema)
    const choices = type instanceof z.ZodEnum ? { choices: type.options.map(String) } : {}
    return { key, value: schema.meta()?.value ?? key, ...choices, isMany: isList(schema) }
  })
  const flags = commandOptions(command).map(({ key, option }): FlagFacts => {
    const schema = command.input.shape[key] as z.ZodType
    const { long, short, argChoices, description } = option
    const value = option.required ? (schema.meta()?.value ?? 'value') : undefined
    return {
      name: long ?? '',
      ...(short !== undefined && { short }),
      ...(value !== undefined && { value }),
      ...(argChoices && { choices: argChoices }),
      ...(isList(schema) && { isMany: true }),
      about: description,
    }
  })
  return { positionals, flags }
}

function isList(schema: z.ZodType): boolean {
  return inner(schema) instanceof z.ZodArray
}

function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema
}
