import { z } from 'zod'
import { diff } from '../../../operations/packages/diff.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, offline, registry } from '../../shell/options.ts'
import { renderDiff } from '../../views/package-diff.ts'

export default defineCommand({
  input: z.object({
    left: z.string().meta({ description: 'a package, name@range, or the folder of one', value: 'before' }),
    right: z.string().optional().meta({
      description: 'what to compare it with (default: the newest version that colony.yaml allows)',
      value: 'after',
    }),
    patch: z.boolean().default(false).meta({ description: 'compare the lines of changed text files', short: 'p' }),
    offline,
    registry,
    lockTimeout,
  }),
  positionals: ['left', 'right'],
  examples: [
    ['See what an update would bring', 'cpm diff thumbnails'],
    ['Compare two versions, with the lines of their files', 'cpm diff thumbnails@1.2.0 thumbnails@2.0.0 --patch'],
    ['Before you publish: compare with the last published version', 'cpm diff .'],
  ],
  run: diff,
  views: { human: renderDiff },
})
