import { z } from 'zod'
import { reportLines, test, testsIn, USUAL_TESTS } from '../../../operations/packages/test-package.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { junit } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'

const MAX_ROUNDS = 1000

export default defineCommand({
  input: z.object({
    dir: z.string().default('.').describe('the folder of the package'),
    update: z.boolean().default(false).describe('update the snapshots'),
    junit,
    seed: z.coerce.number().int().min(0).max(1_000_000).default(USUAL_TESTS.seed).meta({ description: 'seed for the generated input values', value: 'number' }), // prettier-ignore
    rounds: z.coerce.number().int().min(0).max(MAX_ROUNDS).default(USUAL_TESTS.rounds).meta({ description: 'number of generated sets of values', value: 'number' }), // prettier-ignore
  }),
  positionals: ['dir'],
  examples: [
    ['Test the package in this folder', 'cpm test'],
    ['Accept intended changes to snapshots', 'cpm test --update'],
  ],
  run: test,
  views: {
    human: (report, style) =>
      [...reportLines(report, style), `${style('green', 'passed:')} ${count(testsIn(report), 'test')}`].join('\n'),
  },
})
