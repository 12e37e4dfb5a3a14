import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, dryRun, key, lockTimeout, registry } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'
import { publish } from '../../../operations/packages/publish.ts'

export default defineCommand({
  input: z.object({
    sources: z
      .array(z.string())
      .default([])
      .meta({ description: 'folders or archives (default: this folder)', value: 'dir-or-file' }),
    key,
    allow,
    registry,
    lockTimeout,
    test: z.boolean().optional().describe('first run the tests of the packages (the default)'),
    dryRun,
  }),
  positionals: ['sources'],
  examples: [
    ['Publish the package in this folder', 'cpm publish'],
    ['Check what would be published', 'cpm publish --dry-run'],
    ['Publish several packages, all or none', 'cpm publish image-tools thumbnails'],
  ],
  run: publish,
  views: {
    human: ({ packages, place, key, dryRun }, style) => {
      const published = packages.filter(({ outcome }) => outcome === 'published')
      const unchanged = packages.length - published.length
      const lines = published.slice(0, 30).map(({ name, version }) => `${style('green', '+')} ${name} ${version}`)
      if (published.length > lines.length) lines.push(style('dim', `  … and ${published.length - lines.length} more`))
      const said = [
        `${count(published.length, 'package')} ${dryRun ? 'would be ' : ''}published`,
        ...(unchanged > 0 ? [`${unchanged} already published`] : []),
      ]
      return [
        ...lines,
        `${said.join(', ')} in ${place}${key === undefined ? '' : `, signed by ${key.slice(0, 16)}…`}`,
      ].join('\n')
    },
  },
})
