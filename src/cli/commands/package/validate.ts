import path from 'node:path'
import { z } from 'zod'
import { requireSound } from '../../../operations/packages/check-folder.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { allow } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  input: z.object({ dir: z.string().default('.').describe('the folder of the package'), allow }),
  positionals: ['dir'],
  examples: [['Check the package in this folder', 'cpm validate']],
  run: async (context, { dir, allow }) => {
    const folder = path.resolve(context.cwd, dir)
    const { manifest, files, warnings } = await requireSound(context, folder, { allow, uninstalled: 'refuse' })
    return { name: manifest.name, version: manifest.version, files: files.length, warnings }
  },
  views: {
    human: ({ name, version, files }, style) =>
      `${style('green', 'valid:')} ${name}@${version}, ${count(files, 'file')} to pack`,
  },
})
