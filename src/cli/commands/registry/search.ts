import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { oneLine } from '../../../core/printable.ts'
import { displayWidth, shortened } from '../../../core/display-width.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { search } from '../../../operations/registries/search.ts'

/** columns that a description needs to say anything */
const LEAST_ROOM = 12

export default defineCommand({
  input: z.object({
    words: z.array(z.string()).default([]).meta({ description: 'words in the name, description or keywords' }),
    keyword: z.string().optional().meta({ description: 'a keyword the package must have', value: 'word' }),
    author: z.string().optional().meta({ description: "part of an author's name", value: 'name' }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(20)
      .meta({ description: 'how many packages to show (default: 20)', value: 'n' }),
    after: PackageName.optional().meta({ description: 'continue after this name', value: 'name' }),
    registry,
    lockTimeout,
  }),
  positionals: ['words'],
  examples: [
    ['Search for packages about images', 'cpm search image'],
    ['Search by keyword', 'cpm search --keyword thumbnails'],
  ],
  run: search,
  views: {
    human: ({ packages, total, next, place }, style, { columns }) => {
      if (packages.length === 0) return `no matching packages in ${place}`
      const width = Math.max(...packages.map(({ name, version }) => name.length + version.length + 1))
      const lines = packages.map(({ name, version, description, yanked, deprecated }) => {
        const label = `${style('bold', name)} ${version}${' '.repeat(width - name.length - version.length - 1)}`
        const warning = yanked ? style('red', '  yanked') : deprecated ? style('yellow', '  deprecated') : ''
        const room = columns - displayWidth(label + warning) - 2
        const about = room < LEAST_ROOM ? '' : shortened(oneLine(description), room)
        return `${label}${warning}${about === '' ? '' : `  ${about}`}`.trimEnd()
      })
      if (next !== null) lines.push(style('dim', `${packages.length} of ${total}; to continue: --after ${next}`))
      return lines.join('\n')
    },
  },
})
