import path from 'node:path'
import type { Emit } from '../schema/events.ts'
import {
  CommandAnswer,
  type DeclaredHook,
  type HookName,
  PluginDeclaration,
  type Permissions,
} from '../schema/plugin.ts'
import type { ApprovedPlugin } from '../schema/plugin-state.ts'
import { makeFolders } from '../core/atomic-file.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'
import { problemOfCommands } from './check-commands.ts'
import { permissionFlags } from './permission-flags.ts'
import { type PluginFiles, readPluginFiles } from './plugin-files.ts'
import { PluginProcess } from './plugin-process.ts'
import { provideRuntime, RUNTIME_FOLDER } from './runtime.ts'

/** Calls an operation of cpm for a plugin. */
export type CallOperation = (operation: string, options: Readonly<Record<string, unknown>>) => Promise<unknown>

export interface PluginParts {
  /** `$CPM_HOME/plugins` */
  readonly folder: string
  /** `$CPM_HOME/plugin-data` */
  readonly dataFolder: string
  readonly env: EnvironmentVariables
  /** the folder of the project in which cpm runs */
  readonly project: string | undefined
  readonly cpmVersion: string
  readonly emit: Emit
  readonly signal: AbortSignal
  readonly call: CallOperation
}

/** What the user's settings say about a plugin. */
export interface PluginSettings {
  readonly required?: boolean | undefined
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** An approved plugin that this command may run. Its process starts when one of its hooks first runs. */
export class RunningPlugin {
  readonly approved: ApprovedPlugin
  readonly #place: string
  readonly #settings: PluginSettings
  readonly #parts: PluginParts
  #process: PluginProcess | undefined

  constructor(approved: ApprovedPlugin, place: string, settings: PluginSettings, parts: PluginParts) {
    this.approved = approved
    this.#place = place
    this.#settings = settings
    this.#parts = parts
  }

  get name(): string {
    return this.approved.declaration.name
  }

  /** Returns how a hook is declared; undefined if the plugin has no part in it. */
  hook(name: HookName): DeclaredHook | undefined {
    const declared = this.approved.declaration.hooks[name]
    return declared && { ...declared, required: this.#settings.required ?? declared.required }
  }

  /** @throws CpmError HOOK_FAILED, PLUGIN_NOT_APPROVED if its files changed */
  async runHook(hook: HookName, event: unknown, { mayCall }: { mayCall: boolean }): Promise<unknown> {
    const { timeout: seconds = 0 } = this.hook(hook) ?? {}
    const request = { do: 'hook' as const, hook, event, context: this.#context() }
    return await this.#start().request(request, { seconds, signal: this.#parts.signal, mayCall })
  }

  /** @throws CpmError HOOK_FAILED, PLUGIN_NOT_APPROVED if its files changed */
  async runCommand(command: string, input: unknown, seconds: number): Promise<CommandAnswer> {
    const request = { do: 'command' as const, command, input, context: this.#context() }
    const { signal } = this.#parts
    const read = CommandAnswer.safeParse(await this.#start().request(request, { seconds, signal, mayCall: true }))
    if (read.success) return read.data
    throw new CpmError('HOOK_FAILED', `the plugin ${this.name} gave an invalid answer to ${command}`)
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
    this.#process = undefined
  }

  #start(): PluginProcess {
    if (this.#process) return this.#process
    const { digest, declaration } = this.approved
    const files = readPluginFiles(this.#place)
    if (files.digest !== digest)
      throw new CpmError('PLUGIN_NOT_APPROVED', `the files of the plugin ${this.name} changed since you approved it`, {
        hint: `cpm plugins enable ${this.name}`,
      })
    const { emit, call } = this.#parts
    return (this.#process = startPlugin(this.name, files, declaration.permissions, this.#parts, {
      onLine: (text) => {
        emit({ type: 'plugin-log', plugin: this.name, text })
      },
      onCall: async (operation, options) => {
        if (!(declaration.permissions.operations as readonly string[]).includes(operation))
          throw new CpmError('USAGE', `the plugin ${this.name} has no permission to call ${operation}`)
        return await call(operation, options)
      },
    }))
  }

  #context() {
    const { cpmVersion, dataFolder } = this.#parts
    const mayKeep = this.approved.declaration.permissions.write.some((place) => /^data(?:\/|$)/.test(place))
    return {
      cpmVersion,
      data: mayKeep ? path.join(dataFolder, this.name) : null,
      options: this.#settings.options ?? {},
    }
  }
}

type Listeners = Pick<ConstructorParameters<typeof PluginProcess>[0], 'onLine' | 'onCall'>

function startPlugin(
  name: string,
  files: PluginFiles,
  permissions: Permissions,
  { folder, dataFolder, env, project }: Pick<PluginParts, 'folder' | 'dataFolder' | 'env' | 'project'>,
  listeners: Listeners,
): PluginProcess {
  const data = path.join(dataFolder, name)
  if (permissions.write.some((place) => /^data(?:\/|$)/.test(place))) makeFolders(data, 0o700)
  const runtime = [RUNTIME_FOLDER, provideRuntime(folder)]
  return new PluginProcess({
    name,
    module: files.module,
    flags: permissionFlags(permissions, { own: files.place, runtime, project, data }),
    env: environmentFor(permissions, env),
    ...listeners,
  })
}

/** Variables without which programs behave strangely, and that hold no secrets. */
const HARMLESS = ['LANG', 'LC_ALL', 'TZ', 'NO_COLOR', 'SystemRoot']

function environmentFor(permissions: Permissions, env: EnvironmentVariables): Record<string, string> {
  const names = [...HARMLESS, ...permissions.env]
  return Object.fromEntries(names.flatMap((name) => [[name, env.get(name)]]).filter(isSet))
}

function isSet(entry: (string | undefined)[]): entry is [string, string] {
  return entry[1] !== undefined
}

const DESCRIBE_SECONDS = 20

/**
 * Asks a plugin what it is, with no permission except to read its own files.
 * @throws CpmError PLUGIN_INVALID, HOOK_FAILED
 */
export async function describePlugin(
  files: PluginFiles,
  { folder, signal, emit }: Pick<PluginParts, 'folder' | 'signal' | 'emit'>,
): Promise<PluginDeclaration> {
  const name = path.basename(files.place)
  const process = new PluginProcess({
    name,
    module: files.module,
    flags: permissionFlags(NOTHING, {
      own: files.place,
      runtime: [RUNTIME_FOLDER, provideRuntime(folder)],
      project: undefined,
      data: '',
    }),
    env: {},
    onLine: (text) => {
      emit({ type: 'plugin-log', plugin: name, text })
    },
    onCall: () => Promise.reject(new CpmError('USAGE', 'a plugin is not yet approved when it is loaded')),
  })
  try {
    const read = PluginDeclaration.safeParse(
      await process.request({ do: 'describe' }, { seconds: DESCRIBE_SECONDS, signal }),
    )
    if (read.success) return checked(name, read.data)
    const [issue] = read.error.issues
    throw invalid(name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  } catch (error) {
    if (error instanceof CpmError && error.code === 'HOOK_FAILED') throw invalid(name, error.message)
    throw error
  } finally {
    await process.stop()
  }
}

const NOTHING: Permissions = { read: [], write: [], network: false, env: [], operations: [] }

function checked(name: string, declaration: PluginDeclaration): PluginDeclaration {
  const problem = problemOfCommands(declaration.commands)
  if (problem !== undefined) throw invalid(name, problem)
  if (declaration.hooks.onEvent && !declaration.hooks.onEvent.events)
    throw invalid(name, 'onEvent must list the events that it receives')
  return declaration
}

function invalid(name: string, problem: string): CpmError {
  return new CpmError('PLUGIN_INVALID', `the plugin ${name} is not valid: ${problem}`)
}
