import { z } from 'zod'
import { oneLine } from '../../../core/printable.ts'
import { listPlugins } from '../../../operations/plugins/list-plugins.ts'
import { defineCommand } from '../../shell/define-command.ts'

const NONE = 'no plugins: add one with cpm plugins add <file, folder or package>'

export default defineCommand({
  input: z.object({}),
  examples: [['List plugins, in the order in which their hooks run', 'cpm plugins list']],
  run: listPlugins,
  views: {
    human: ({ plugins }, style) =>
      plugins.length === 0
        ? NONE
        : plugins
            .map(({ name, version, status, description }) => {
              const label = version === null ? name : `${name} ${version}`
              const state = style(status === 'enabled' ? 'green' : status === 'disabled' ? 'dim' : 'yellow', status)
              return `${label} (${state})${description === '' ? '' : ` ${oneLine(description)}`}`
            })
            .join('\n'),
  },
})
