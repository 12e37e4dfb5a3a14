import { z } from 'zod'
import { ENGINE_NAMES } from '../../../engines/runs/snapshot.ts'
import { submit } from '../../../operations/runs/submit.ts'
import { defineCommand } from '../../shell/define-command.ts'
import {
  context as contextOption,
  dropUnknownKeys,
  packageOptions,
  runTimeout,
  valuesOptions,
} from '../../shell/options.ts'
import { renderSubmitted } from '../../views/submitted.ts'

export default defineCommand({
  input: z.object({
    ...packageOptions,
    engine: z.enum(ENGINE_NAMES).optional().meta({
      description:
        'what runs it: colonyos, the default where a colony is chosen, or local, by programs of the package on this machine',
      value: 'engine',
    }),
    ...valuesOptions,
    workflow: z
      .string()
      .optional()
      .meta({ description: 'which workflow, where main.yaml is not meant', value: 'name' }),
    context: contextOption,
    run: z.string().optional().meta({
      description: 'what to call the run; with the name of one that was submitted already it is that run',
      value: 'name',
    }),
    wait: z
      .boolean()
      .default(false)
      .describe('wait for the end of a run in a colony; a local one is waited for anyway'),
    logs: z.boolean().default(false).describe('show what the nodes write meanwhile'),
    timeout: runTimeout,
    dryRun: z.boolean().default(false).describe('render, check and show what would run or be sent, and do nothing'),
    dropUnknownKeys,
    checkColony: z.boolean().default(false).describe('ask the colony whether it could run it, and submit nothing'),
  }),
  positionals: ['target'],
  examples: [
    ['Run an installed package on this machine', 'cpm submit thumbnails --engine local --set pattern=stripes'],
    ['Run the package in this folder', 'cpm submit . --engine local'],
    ['Run it in a colony, and wait for its end', 'cpm submit thumbnails --set pattern=stripes --wait'],
    ['See what would run or be sent', 'cpm submit thumbnails --dry-run'],
  ],
  run: submit,
  views: {
    human: renderSubmitted,
  },
})
