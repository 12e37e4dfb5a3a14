import { z } from 'zod'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, dryRun, filter, key, lockTimeout, registry } from '../../shell/options.ts'
import { CpmError } from '../../../core/errors.ts'
import { publish } from '../../../operations/packages/publish.ts'
import { publishWorkspace } from '../../../operations/packages/publish-workspace.ts'
import { renderPublication, renderWorkspacePublication } from '../../views/publication.ts'

export default defineCommand({
  input: z.object({
    sources: z
      .array(z.string())
      .default([])
      .meta({ description: 'folders or archives (default: this folder)', value: 'dir-or-file' }),
    workspace: z
      .boolean()
      .default(false)
      .describe('publish the members of the workspace whose version is not published yet, in dependency order'),
    filter,
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
    ['Publish what is new in a workspace', 'cpm publish --workspace'],
  ],
  run: async (session, { workspace, filter, sources, ...input }) => {
    if (!workspace && !filter) return await publish(session, { sources, ...input })
    if (sources.length > 0)
      throw new CpmError('USAGE', 'folders and archives can not be given together with --workspace or --filter', {
        hint: 'choose members with --filter ./folder',
      })
    return await publishWorkspace(session, { filter, ...input })
  },
  views: {
    human: (value, style) =>
      'alreadyPublished' in value ? renderWorkspacePublication(value, style) : renderPublication(value, style),
  },
})
