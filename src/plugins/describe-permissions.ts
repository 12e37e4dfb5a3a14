import type { PluginDeclaration } from '../schema/plugin.ts'
import { oneLine } from '../core/printable.ts'
import { enforced } from './permission-flags.ts'

/**
 * Says in lines what a plugin does and may do. Whatever this Node can't enforce is named as such, whether or not the
 * plugin asks for it.
 */
export function describePermissions({ permissions, hooks, commands }: PluginDeclaration): string[] {
  const { read, write, env, operations } = permissions
  const at = Object.entries(hooks).map(([name, hook]) => `${name}${hook.required ? ' (required)' : ''}`)
  const events = hooks.onEvent?.events ?? []
  const lines = [
    ['runs at', at],
    ['receives the events', events],
    [commands.length === 1 ? 'adds the command' : 'adds the commands', commands.map(({ name }) => `cpm ${name}`)],
    ['may read', read],
    ['may write', write],
    ['gets the variables', env],
    ['may call', operations],
  ] as const
  return [
    ...lines.flatMap(([what, list]) => (list.length === 0 ? [] : [`${what} ${oneLine(list.join(', '))}`])),
    networkLine(permissions.network),
  ]
}

function networkLine(network: boolean): string {
  if (network) return 'may use the network'
  return enforced().network
    ? "can't use the network"
    : `asks for no network, but Node ${process.versions.node} can't keep it from using one (Node 25 can)`
}
