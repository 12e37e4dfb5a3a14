import type { Emit } from '../schema/events.ts'
import { HOOK_EVENTS, HookAnswer, type HookEvent, type HookName, type Reason } from '../schema/plugin.ts'
import type { ShellHookName, ShellHooks } from '../schema/shell-hook.ts'
import type { EnvironmentVariables } from '../core/environment-variables.ts'
import { CpmError } from '../core/errors.ts'
import { oneLine } from '../core/printable.ts'
import type { RunningPlugin } from './running-plugin.ts'
import { runShellHook, type ShellHook, shellHooksFor } from './shell-hooks.ts'

export interface HooksParts {
  /** the plugins that may run, in order */
  readonly plugins: readonly RunningPlugin[]
  /** the user's commands */
  readonly commands: ShellHooks
  readonly env: EnvironmentVariables
  readonly cwd: string
  readonly emit: Emit
  readonly signal: AbortSignal
}

/** Which hooks of a stage run: a required hook runs while a change can still be undone, the others after it. */
export type Which = 'all' | 'required' | 'optional'

/**
 * The hooks of plugins and of the user's settings. Plugins come first, in the order in which they were added; then
 * commands, in the order of the settings. The first refusal stops the operation, and so does the first failure of a
 * required hook. Any other failure is a warning.
 */
export class Hooks {
  readonly #parts: HooksParts
  readonly #deaf = new Set<RunningPlugin>()

  constructor(parts: HooksParts) {
    this.#parts = parts
  }

  get plugins(): readonly RunningPlugin[] {
    return this.#parts.plugins
  }

  /** Returns whether a hook has anything to run. */
  has(...names: readonly HookName[]): boolean {
    return names.some(
      (name) =>
        this.#parts.plugins.some((plugin) => plugin.hook(name) !== undefined) || this.#commandsOf(name).length > 0,
    )
  }

  /**
   * Runs a hook everywhere.
   * @throws CpmError HOOK_REFUSED, HOOK_FAILED or PLUGIN_NOT_APPROVED if it stops the operation
   */
  async run<Name extends Exclude<HookName, 'onEvent'>>(
    name: Name,
    event: HookEvent<Name>,
    { which = 'all', mayCall = false }: { which?: Which; mayCall?: boolean } = {},
  ): Promise<void> {
    const checked = HOOK_EVENTS[name].parse(event)
    const isWanted = (required: boolean) => which === 'all' || (which === 'required') === required
    for (const plugin of this.#parts.plugins) {
      const hook = plugin.hook(name)
      if (!hook || !isWanted(hook.required)) continue
      const answer = await this.#unlessRequired(hook.required, async () => {
        const read = HookAnswer.safeParse(await plugin.runHook(name, checked, { mayCall }))
        if (read.success) return read.data
        throw new CpmError('HOOK_FAILED', `the plugin ${plugin.name} gave an invalid answer to ${name}`, {
          hint: `cpm plugins disable ${plugin.name}`,
        })
      })
      this.#take(plugin.name, answer ?? {}, which === 'optional')
    }
    for (const hook of this.#commandsOf(name)) {
      if (!isWanted(hook.required)) continue
      await this.#unlessRequired(hook.required, () => this.#runCommand(hook, { hook: name, ...checked }))
    }
  }

  /** Passes an event to the plugins that want events of its type. A plugin that fails once gets no more of them. */
  async observe(event: { type: string }): Promise<void> {
    for (const plugin of this.#parts.plugins) {
      const hook = plugin.hook('onEvent')
      if (hook?.events?.includes(event.type) !== true || this.#deaf.has(plugin)) continue
      try {
        await plugin.runHook('onEvent', HOOK_EVENTS.onEvent.parse({ event }), { mayCall: false })
      } catch (error) {
        this.#deaf.add(plugin)
        const { code, message, hint } = error instanceof CpmError ? error : new CpmError('INTERNAL', String(error))
        this.#parts.emit({ type: 'warning', code, message, ...(hint !== undefined && { hint }) })
      }
    }
  }

  /** Returns the plugin that has a command. */
  pluginWith(command: string): RunningPlugin | undefined {
    return this.#parts.plugins.find(({ approved }) =>
      approved.declaration.commands.some(({ name }) => name === command),
    )
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await Promise.all(this.#parts.plugins.map((plugin) => plugin.stop()))
  }

  #commandsOf(name: HookName): ShellHook[] {
    return name === 'onEvent' ? [] : shellHooksFor(this.#parts.commands, name satisfies ShellHookName)
  }

  async #runCommand(hook: ShellHook, event: unknown): Promise<void> {
    const { env, cwd, signal, emit } = this.#parts
    const onLine = (text: string) => {
      emit({ type: 'plugin-log', plugin: 'hooks', text })
    }
    await runShellHook(hook, event, { env, cwd, signal, onLine })
  }

  /** Turns a failure of a hook that is not required into a warning. */
  async #unlessRequired<T>(required: boolean, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      this.#parts.signal.throwIfAborted()
      if (required || !(error instanceof CpmError)) throw error
      const { code, message, hint } = error
      this.#parts.emit({ type: 'warning', code, message, ...(hint !== undefined && { hint }) })
      return undefined
    }
  }

  /** @param isFinal the change can't be undone any more, so a refusal is only a warning */
  #take(plugin: string, { warn, refuse }: HookAnswer, isFinal: boolean): void {
    const refusals = textsOf(refuse)
    for (const text of [...textsOf(warn), ...(isFinal ? refusals : [])])
      this.#parts.emit({ type: 'warning', code: 'PLUGIN_WARNING', message: `${plugin}: ${text}` })
    if (refusals.length === 0 || isFinal) return
    const [only] = refusals
    const facts = refusals.length === 1 ? ` ${only ?? ''}` : ['', ...refusals].join('\n  ')
    throw new CpmError('HOOK_REFUSED', `the plugin ${plugin} refused:${facts}`, {
      hint: `cpm plugins info ${plugin}`,
      details: { plugin, reasons: refusals },
    })
  }
}

function textsOf(reasons: Reason | readonly Reason[] | undefined): string[] {
  const list =
    reasons === undefined ? [] : Array.isArray(reasons) ? (reasons as readonly Reason[]) : [reasons as Reason]
  return list.map((reason) => oneLine(typeof reason === 'string' ? reason : `${reason.package}: ${reason.reason}`))
}
