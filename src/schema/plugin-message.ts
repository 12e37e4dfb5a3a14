import { z } from 'zod'
import { CALLABLE, type HOOK_NAMES } from './plugin.ts'

/** The messages between cpm and the process of a plugin: one JSON document a line. */

/** No line may be longer. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/** What cpm asks a plugin's process. */
export type PluginRequest =
  | { id: number; do: 'describe' }
  | { id: number; do: 'hook'; hook: (typeof HOOK_NAMES)[number]; event: unknown; context: PluginFacts }
  | { id: number; do: 'command'; command: string; input: unknown; context: PluginFacts }
  /** the result of an operation that the plugin called */
  | { do: 'returned'; call: number; value: unknown }
  | { do: 'threw'; call: number; code: string; message: string }

/** What a plugin knows besides the event. */
export interface PluginFacts {
  readonly cpmVersion: string
  /** the folder that belongs to the plugin, if it may write there */
  readonly data: string | null
  /** what the user's settings say for this plugin */
  readonly options: Readonly<Record<string, unknown>>
}

/** What a plugin's process says. All of it is untrusted. */
export const PluginMessage = z.discriminatedUnion('do', [
  /** the plugin's module is loaded */
  z.strictObject({ do: z.literal('ready') }),
  z.strictObject({ do: z.literal('answer'), id: z.int(), value: z.unknown() }),
  z.strictObject({ do: z.literal('failed'), id: z.int(), message: z.string() }),
  z.strictObject({ do: z.literal('log'), text: z.string() }),
  z.strictObject({
    do: z.literal('call'),
    call: z.int().nonnegative(),
    operation: z.enum(CALLABLE),
    options: z.record(z.string(), z.unknown()),
  }),
])
export type PluginMessage = z.infer<typeof PluginMessage>
