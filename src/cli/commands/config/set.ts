import { z } from 'zod'
import { setSetting } from '../../../operations/settings.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lockTimeout } from '../../shell/options.ts'

export default defineCommand({
  input: z.object({
    key: z.string().meta({ description: 'the setting', value: 'key' }),
    value: z.string().meta({ description: 'its value; a list is written as JSON', value: 'value' }),
    lockTimeout,
  }),
  positionals: ['key', 'value'],
  examples: [
    ['Use a registry by default', 'cpm config set registry.default https://cpm.example.org'],
    ['Always copy packages instead of linking them', 'cpm config set install.mode copy'],
    ['Use the store of a cluster', `cpm config set storage.siteStores '["/sw/cpm"]'`],
  ],
  run: (session, input) => setSetting(session, input),
  views: {
    human: ({ key, value, file, changed }) =>
      changed ? `set ${key} to ${JSON.stringify(value)} in ${file}` : `${key} already is ${JSON.stringify(value)}`,
  },
})
