import {
  CommandAnswer,
  HOOK_EVENTS,
  HookAnswer,
  type HookEvent,
  type HookName,
  PluginDeclaration,
} from '../schema/plugin.ts'
import type { PluginContext } from './define-plugin.ts'
import { readPlugin } from './loaded-plugin.ts'

/** The export `colony-cpm/plugin/testing`: tests a plugin in the process of the test, without cpm and network. */

export interface TestOptions {
  /** what the user's settings would say: `plugins.<name>.options` */
  options?: Readonly<Record<string, unknown>>
  /** the plugin's folder for data */
  data?: string | null
  /** answers for the operations that the plugin calls */
  operations?: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => unknown>>
}

export interface PluginTest {
  /** what cpm asks the user to approve */
  readonly declaration: PluginDeclaration
  /** lines that the plugin logged */
  readonly logged: readonly string[]
  /**
   * Runs a hook with an event, which is checked like those of cpm.
   * @returns its answer; {} if it has none
   * @throws Error if the event or the answer is not valid, or if the hook fails
   */
  fire<Name extends HookName>(hook: Name, event: HookEvent<Name>): Promise<HookAnswer>
  /** Runs a command with its options and arguments by name. */
  run(command: string, input?: Readonly<Record<string, unknown>>): Promise<CommandAnswer>
}

/** Prepares a plugin for tests. @throws Error if cpm would not accept its declaration */
export function testPlugin(
  plugin: unknown,
  { options = {}, data = null, operations = {} }: TestOptions = {},
): PluginTest {
  const loaded = readPlugin(plugin)
  // As in a message to cpm, what is undefined is not there.
  const declaration = PluginDeclaration.parse(JSON.parse(JSON.stringify(loaded.declaration)))
  const logged: string[] = []
  const context: PluginContext = {
    cpmVersion: '0.0.0',
    data,
    options,
    log: (text) => logged.push(text),
    call: async (operation, given = {}) => {
      if (!declaration.permissions.operations.includes(operation))
        throw new Error(`the plugin has no permission to call ${operation}`)
      const answer = operations[operation]
      if (!answer) throw new Error(`the test has no answer for ${operation}`)
      return await answer(given)
    },
  }
  return {
    declaration,
    logged,
    fire: async (hook, event) => {
      const checked = HOOK_EVENTS[hook].parse(event)
      return HookAnswer.parse((await loaded.runHook(hook, checked, context)) ?? {})
    },
    run: async (command, input = {}) => CommandAnswer.parse(await loaded.runCommand(command, input, context)),
  }
}
