import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, dryRun } from '../../shell/options.ts'
import { bytes, count } from '../../../core/amounts.ts'
import { contentLines } from '../../views/package-contents.ts'
import { pack } from '../../../operations/packages/pack.ts'

export default defineCommand({
  input: z.object({
    dir: z.string().default('.').describe('the folder of the package'),
    output: z.string().optional().meta({ short: 'o', description: 'the archive to write', value: 'file' }),
    dryRun,
    allow,
  }),
  positionals: ['dir'],
  examples: [
    ['Create an archive in the current folder', 'cpm pack hello'],
    ['List the files without packing them', 'cpm pack hello --dry-run'],
  ],
  run: pack,
  views: {
    human: (value, style) => {
      const lines = value.files.map((file) => `  ${file}`)
      if (!('tree' in value))
        return [
          ...lines,
          `${count(value.files.length, 'file')} would be packed into ${value.archive}`,
          ...contentLines(value),
        ].join('\n')
      const { digests, size, tree, archive } = value
      return [
        ...lines,
        `${style('green', 'packed:')} ${archive}`,
        `  ${count(value.files.length, 'file')}, ${bytes(size)}, ${bytes(digests.size)} packed`,
        ...contentLines(value),
        `  tree ${tree}`,
      ].join('\n')
    },
  },
})
