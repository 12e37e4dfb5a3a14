import { z } from 'zod'
import { PackageName } from './name.ts'

const cwd = z.string().min(1).optional().describe('the folder of the project; by default that of the process')
const registry = z.string().min(1).optional().describe('a folder, a URL, or a name from the settings')
const offline = z.boolean().optional().describe('use only what is on this machine')

/** The documents that `cpm bridge` reads, by method (docs/bridge.md). Unknown keys are errors. */
export const BRIDGE_REQUESTS = {
  install: z.strictObject({
    cwd,
    packages: z.array(z.string().min(1).max(512)).max(1000).optional().describe('to add, as name or name@range'),
    dev: z.boolean().optional().describe('add to devDependencies'),
    frozen: z.boolean().optional().describe('fail if colony.lock would change'),
    registry,
    offline,
  }),
  uninstall: z.strictObject({ cwd, packages: z.array(PackageName).min(1).max(1000).describe('to remove, by name') }),
  verify: z.strictObject({ cwd, registry, offline }),
  state: z.strictObject({ cwd }),
}
export type BridgeMethod = keyof typeof BRIDGE_REQUESTS

/** One line that `cpm bridge serve` reads. */
export const BridgeCall = z.strictObject({
  id: z.union([z.string().max(256), z.number()]),
  method: z.enum(Object.keys(BRIDGE_REQUESTS) as [BridgeMethod, ...BridgeMethod[]]),
  params: z.unknown().optional(),
})
export type BridgeCall = z.infer<typeof BridgeCall>
