import { z } from 'zod'
import { renderChecked } from '../../views/checked-proof.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout, registry, selection } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'
import { resolve } from '../../../operations/project/resolve.ts'

export default defineCommand({
  input: z.object({
    universe: z.string().optional().meta({
      description: 'resolve the packages in this JSON file instead of the project (docs/resolver.md)',
      value: 'file',
    }),
    proof: z.string().optional().meta({ description: 'write a proof of the answer to this file', value: 'file' }),
    check: z.string().optional().meta({ description: 'check the proof in this file instead', value: 'file' }),
    ...selection,
    offline: z.boolean().default(false).describe('use only what is on this machine'),
    registry,
    lockTimeout,
  }),
  examples: [
    ['Show the versions that cpm install would lock', 'cpm resolve'],
    ['Resolve packages from a file', 'cpm resolve --universe case.json --json'],
    ['Choose the lowest allowed versions, for tests', 'cpm resolve --resolution lowest'],
    ['Write a proof and check it', 'cpm resolve --proof proof.json; cpm resolve --check proof.json'],
  ],
  run: resolve,
  views: {
    human: (value, style) => {
      if ('checked' in value) return renderChecked(value)
      const { packages, omitted } = value
      const lines = packages.map(({ name, version, locked }) =>
        locked === null || locked === version
          ? `${name} ${version}`
          : `${name} ${version}${style('dim', ` (locked: ${locked})`)}`,
      )
      const left = Object.entries(omitted).map(([name, reason]) => style('dim', `without ${name}: ${reason}`))
      return [...lines, ...left, count(packages.length, 'package')].join('\n')
    },
  },
})
