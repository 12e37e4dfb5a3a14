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
        'colonyos (the default if a colony is selected), or local to run programs of the package on this machine',
      value: 'engine',
    }),
    ...valuesOptions,
    workflow: z.string().optional().meta({ description: 'the workflow to run (default: main)', value: 'name' }),
    context: contextOption,
    run: z.string().optional().meta({
      description: 'a name for the run; with the name of an existing run, that run is used instead of a new one',
      value: 'name',
    }),
    wait: z.boolean().default(false).describe('wait for a run in a colony to finish, as a local run always does'),
    logs: z.boolean().default(false).describe('show logs of the nodes while waiting'),
    timeout: runTimeout,
    dryRun: z.boolean().default(false).describe('check and show what would run or be sent, without doing it'),
    dropUnknownKeys,
    checkColony: z.boolean().default(false).describe('check whether the colony can run it, without submitting'),
  }),
  positionals: ['target'],
  examples: [
    ['Run an installed package on this machine', 'cpm submit thumbnails --engine local --set pattern=stripes'],
    ['Run the package in this folder', 'cpm submit . --engine local'],
    ['Run a package in a colony and wait for it', 'cpm submit thumbnails --set pattern=stripes --wait'],
    ['Show what would run or be sent', 'cpm submit thumbnails --dry-run'],
  ],
  run: submit,
  views: {
    human: renderSubmitted,
  },
})
