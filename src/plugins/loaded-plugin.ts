import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { HOOK_NAMES, type HookName, SNAKE_NAMES } from '../schema/plugin.ts'
import type { PluginContext } from './define-plugin.ts'

/** A plugin in its own process: its functions, and what they declare. */
export interface LoadedPlugin {
  /** what cpm checks with `PluginDeclaration` */
  readonly declaration: unknown
  runHook(hook: HookName, event: unknown, context: PluginContext): Promise<unknown>
  runCommand(name: string, input: unknown, context: PluginContext): Promise<{ value: unknown; text: string }>
}

type Fields = Readonly<Record<string, unknown>>
type Run = (...parameters: readonly unknown[]) => unknown

/** Imports a plugin's module. @throws Error that says what is wrong with it, for its author */
export async function loadPlugin(file: string): Promise<LoadedPlugin> {
  const module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  return readPlugin(module.default)
}

/** Reads what a plugin's module exports. @throws Error */
export function readPlugin(exported: unknown): LoadedPlugin {
  const plugin = withCamelNames(requireObject(exported, 'the default export is not a plugin: use definePlugin'))
  const hooks = new Map(HOOK_NAMES.flatMap((name) => (name in plugin ? [[name, readHook(name, plugin[name])]] : [])))
  const commands = readCommands(plugin.addCliCommands)
  const known = new Set<string>(['name', 'version', 'description', 'permissions', 'addCliCommands', ...HOOK_NAMES])
  const unknown = Object.keys(plugin).find((key) => !known.has(key))
  if (unknown !== undefined) throw new Error(`cpm has no hook ${unknown}`)
  return {
    declaration: {
      name: plugin.name,
      version: plugin.version,
      description: plugin.description,
      permissions: plugin.permissions,
      hooks: Object.fromEntries([...hooks].map(([name, { options }]) => [name, options])),
      commands: [...commands.values()].map(({ declared }) => declared),
    },
    runHook: async (name, event, context) => await hooks.get(name)?.run(event, context),
    runCommand: async (name, input, context) => {
      const command = commands.get(name)
      if (!command) throw new Error(`it has no command ${name}`)
      return await command.run(input, context)
    },
  }
}

function withCamelNames(plugin: Fields): Fields {
  const entries = Object.entries(plugin).map(([key, value]): [string, unknown] => [SNAKE_NAMES[key] ?? key, value])
  return Object.fromEntries(entries)
}

function readHook(name: HookName, declared: unknown): { options: Fields; run: Run } {
  if (typeof declared === 'function') {
    if (name === 'onEvent') throw new Error('onEvent must list the events that it receives: { events, run }')
    return { options: {}, run: declared as Run }
  }
  const { run, ...options } = requireObject(declared, `${name} is neither a function nor { run }`)
  if (typeof run !== 'function') throw new Error(`${name}.run is not a function`)
  return { options, run: run as Run }
}

interface LoadedCommand {
  readonly declared: Fields
  run(input: unknown, context: PluginContext): Promise<{ value: unknown; text: string }>
}

function readCommands(declare: unknown): Map<string, LoadedCommand> {
  if (declare === undefined) return new Map()
  if (typeof declare !== 'function') throw new Error('addCliCommands is not a function')
  const list: unknown = (declare as Run)()
  if (!Array.isArray(list)) throw new Error('addCliCommands returns no list')
  return new Map(
    list.map((entry: unknown) => {
      const { run, view, input = z.object({}), ...rest } = requireObject(entry, 'a command is not an object')
      if (typeof run !== 'function') throw new Error(`the command ${String(rest.name)} has no function run`)
      const schema = input as z.ZodObject
      const command: LoadedCommand = {
        declared: { ...rest, options: declaredOptions(schema) },
        run: async (given, context) => {
          const value = await (run as Run)(schema.parse(given), context)
          const text = typeof view === 'function' ? (view as Run)(value) : value
          return { value: value ?? null, text: typeof text === 'string' ? text : shown(text) }
        },
      }
      return [String(rest.name), command]
    }),
  )
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '' : JSON.stringify(value, null, 2)
}

interface Property {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly items?: Property
  readonly description?: string
  readonly value?: string
  readonly short?: string
}

/** Describes options as data, which is all that cpm needs to parse a command line and print help. */
function declaredOptions(schema: z.ZodObject): Fields {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const properties = (json.properties ?? {}) as Readonly<Record<string, Property>>
  return Object.fromEntries(
    Object.entries(properties).map(([key, { description, value, short, ...property }]) => [
      key,
      {
        ...typeOf(key, property),
        required: json.required?.includes(key) === true,
        ...(description !== undefined && { description }),
        ...(value !== undefined && { value }),
        ...(short !== undefined && { short }),
      },
    ]),
  )
}

function typeOf(key: string, { type, enum: choices, items }: Property): Fields {
  if (choices) return { type: 'string', choices }
  if (type === 'boolean' || type === 'string') return { type }
  if (type === 'number' || type === 'integer') return { type: 'number' }
  if (type === 'array' && items?.type === 'string')
    return { type: 'strings', ...(items.enum && { choices: items.enum }) }
  throw new Error(`the option ${key} is none of: string, number, boolean, enum, list of strings`)
}

function requireObject(value: unknown, fact: string): Fields {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Fields
  throw new Error(fact)
}
