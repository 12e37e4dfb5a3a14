import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { treeGlobal } from '../../../operations/global/tree.ts'
import { tree } from '../../../operations/project/tree.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { filter, global } from '../../shell/options.ts'
import { refuseWithGlobal } from '../../shell/refuse-with-global.ts'
import { renderTree } from '../../views/dependency-tree.ts'

export default defineCommand({
  input: z.object({
    name: PackageName.optional().describe('show what this package needs'),
    depth: z.coerce.number().int().positive().optional().meta({
      description: 'how many levels to show; 1 for direct dependencies only',
      value: 'levels',
    }),
    global,
    filter,
  }),
  positionals: ['name'],
  examples: [
    ['Show what the project depends on', 'cpm tree'],
    ['Show what a package needs', 'cpm tree thumbnails'],
    ['Show two levels', 'cpm tree --depth 2'],
    ['Show what global packages need', 'cpm tree -g'],
  ],
  run: async (session, { global, ...input }) => {
    if (!global) return tree(session, input)
    refuseWithGlobal({ '--filter': input.filter !== undefined })
    return await treeGlobal(session, input)
  },
  views: {
    human: ({ trees }, style) => {
      if (trees.length === 0) return 'no global packages'
      // The root of a workspace often has nothing of its own.
      const shown = trees.filter(({ name, rows }) => trees.length === 1 || name !== null || rows.length > 0)
      return shown.map((each) => renderTree(each, style)).join('\n\n')
    },
  },
})
