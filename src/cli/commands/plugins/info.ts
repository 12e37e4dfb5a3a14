import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { pluginInfo } from '../../../operations/plugins/list-plugins.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({ name: z.string().meta({ description: 'the plugin', value: 'name' }) }),
  positionals: ['name'],
  examples: [['Show what a plugin is allowed to do', 'cpm plugins info license-policy']],
  run: pluginInfo,
  views: {
    human: ({ name, version, status, description, place, digest, approvedAt, facts }, style) =>
      [
        `${style('bold', name)}${version === null ? '' : ` ${version}`} (${status})`,
        ...(description === '' ? [] : [oneLine(description)]),
        ...facts.map((fact) => `  ${fact}`),
        style('dim', `  in ${place}`),
        ...(digest === null ? [] : [style('dim', `  approved ${approvedAt ?? ''}, ${digest}`)]),
        ...(status === 'not approved' || status === 'changed' ? [`to approve it: cpm plugins enable ${name}`] : []),
      ].join('\n'),
  },
})
