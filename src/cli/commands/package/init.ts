import path from 'node:path'
import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { init } from '../../../operations/packages/init.ts'

export default defineCommand({
  input: z.object({
    dir: z.string().default('.').describe('the folder, made if it is not there'),
    name: PackageName.optional().meta({ description: "the package's name (default: the folder's)", value: 'name' }),
    bare: z.boolean().default(false).describe('only a colony.yaml, for a project that uses packages'),
  }),
  positionals: ['dir'],
  examples: [
    ['A package with a workflow that runs', 'cpm init hello'],
    ['A project that only uses packages', 'cpm init --bare'],
  ],
  run: init,
  views: {
    human: ({ files, kept, bare, dir }) => {
      const next = bare
        ? ['add a package:      cpm install <name>']
        : [
            `check it:           cpm validate ${dir}`,
            `test it:            cpm test ${dir}`,
            `run its workflow:   cpm submit ${dir} --engine local`,
            `publish it:         cpm publish ${dir}`,
          ]
      return [
        ...files.map((file) => `+ ${path.join(dir, file)}`),
        ...kept.map((file) => `  ${path.join(dir, file)} was there already, and is kept`),
        '',
        'Next:',
        ...next.map((line) => `  ${line}`),
      ].join('\n')
    },
  },
})
