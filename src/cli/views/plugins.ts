import type { addPlugin } from '../../operations/plugins/add-plugin.ts'
import type { Style } from '../terminal/style.ts'

type Added = Awaited<ReturnType<typeof addPlugin>>

/** Says what a new plugin does. */
export function addedText({ name, version, hooks, commands }: Added, style: Style): string {
  const does = [
    ...(hooks.length > 0 ? [`runs at ${hooks.join(', ')}`] : []),
    ...(commands.length > 0 ? [`adds ${commands.map((command) => `cpm ${command}`).join(', ')}`] : []),
  ]
  const notes = does.length > 0 ? style('dim', ` (${does.join('; ')})`) : ''
  return `${style('green', '+')} ${name} ${version}${notes}`
}
