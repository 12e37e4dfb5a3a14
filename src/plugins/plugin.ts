/** The export `colony-cpm/plugin`: what plugins import. */
export { z } from 'zod'
export {
  defineCommand,
  definePlugin,
  type Hook,
  type HookOptions,
  type Plugin,
  type PluginCommand,
  type PluginContext,
} from './define-plugin.ts'
export type { HookAnswer, HookEvent, HookName, Permissions, Reason } from '../schema/plugin.ts'
