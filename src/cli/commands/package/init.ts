import path from 'node:path'
import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { init, type InitResult } from '../../../operations/packages/init.ts'
import { TEMPLATE_NAMES } from '../../../operations/packages/templates.ts'
import { shellPath } from '../../../core/shell-word.ts'

export default defineCommand({
  input: z.object({
    dir: z.string().default('.').describe('the folder, created if it does not exist'),
    name: PackageName.optional().meta({
      description: 'the name of the package (default: that of the folder)',
      value: 'name',
    }),
    template: z
      .enum(TEMPLATE_NAMES)
      .optional()
      .meta({
        description: `what to start from (default: ${TEMPLATE_NAMES[0]}, or asks in a terminal)`,
        value: 'template',
      }),
    yes: z.boolean().default(false).meta({ short: 'y', description: 'ask no questions, and take the defaults' }),
    bare: z.boolean().default(false).describe('create only a colony.yaml, for a project that uses packages'),
    workspace: z.boolean().default(false).describe('create a workspace for the packages in packages/'),
  }),
  positionals: ['dir'],
  examples: [
    ['Create a package with a working workflow', 'cpm init hello'],
    ['Create a package whose workflow runs nodes in parallel', 'cpm init wordcount --template fan-out'],
    ['Create a project that only uses packages', 'cpm init --bare'],
    ['Create a repository for several packages', 'cpm init --workspace'],
  ],
  run: init,
  views: {
    human: ({ files, kept, bare, isWorkspace, dir, workspace }) => {
      const folder = shellPath(dir)
      const there = dir === '.' ? '' : `cd ${folder} && `
      const next = bare
        ? [
            isWorkspace
              ? `create a package:   ${there}cpm init packages/<name>`
              : `add a package:      ${there}cpm install <name>`,
          ]
        : [
            `check it:           cpm validate ${folder}`,
            ...(files.includes('plugin.mjs')
              ? [
                  `test it:            ${there}npm install && npm test`,
                  `add it to your cpm: cpm plugins add ${dir === '.' ? '.' : `./${folder}`}`,
                ]
              : [`test it:            cpm test ${folder}`, `run its workflow:   cpm submit ${folder} --engine local`]),
            `publish it:         cpm publish ${folder}`,
          ]
      return [
        ...files.map((file) => `+ ${path.join(dir, file)}`),
        ...kept.map((file) => `  ${path.join(dir, file)} already exists and is unchanged`),
        ...(workspace ? [memberLine(workspace)] : []),
        '',
        'Next:',
        ...next.map((line) => `  ${line}`),
      ].join('\n')
    },
  },
})

function memberLine({ root, path: folder, isMember }: NonNullable<InitResult['workspace']>): string {
  return isMember
    ? `${folder} is a member of the workspace ${root}`
    : `${folder} is not a member of the workspace ${root}: add it to workspace.members in its colony.yaml`
}
