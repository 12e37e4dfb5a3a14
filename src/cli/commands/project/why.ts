import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { filter, global, offline, registry } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { defineCommand } from '../../shell/define-command.ts'
import type { Style } from '../../terminal/style.ts'
import { whyGlobal } from '../../../operations/global/why.ts'
import { why } from '../../../operations/project/why.ts'

const MOST_SHOWN = 20

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package'), global, filter, offline, registry }),
  positionals: ['name'],
  examples: [
    ['See what needs codec', 'cpm why codec'],
    ['See which global packages need codec', 'cpm why -g codec'],
  ],
  run: async (session, { global, ...input }) => {
    if (!global) return await why(session, input)
    refuseWithGlobal({ '--filter': input.filter !== undefined })
    return await whyGlobal(session, input)
  },
  views: {
    human: (value, style) =>
      'roots' in value
        ? value.roots.map(({ root, ...found }) => render(found, `global ${root.name}`, style)).join('\n')
        : render(value, 'your project', style),
  },
})

function render(
  { name, version, override, paths }: Awaited<ReturnType<typeof why>>,
  root: string,
  style: Style,
): string {
  const lines = paths
    .slice(0, MOST_SHOWN)
    .map((path) =>
      [
        path[0]?.by ?? root,
        ...path.map((step) => `${step.name} ${step.version}${style('dim', ` (${step.requirement})`)}`),
      ].join(' → '),
    )
  const hidden = paths.length - lines.length
  const more = hidden > 0 ? [style('dim', `… and ${hidden} more paths`)] : []
  const by = override === null ? '' : `, which colony.yaml overrides with ${override}`
  return [`${name} ${version}${by}, needed by:`, ...lines, ...more].join('\n')
}
