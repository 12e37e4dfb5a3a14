import { z } from 'zod'
import { exportKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    id: z.string().optional().describe('the key, by its id or the start of it (default: the oldest)'),
    secret: z.boolean().default(false).describe('write the secret seed to a file (-o), for CPM_SIGNING_KEY in CI'),
    output: z.string().optional().meta({ short: 'o', description: 'the file to write the secret to', value: 'file' }),
  }),
  positionals: ['id'],
  examples: [
    ['Print the public key', 'cpm key export'],
    ['Write the secret to a file of mode 0600', 'cpm key export --secret -o seed.txt'],
  ],
  run: exportKey,
  views: { human: ({ id, file }) => (file === null ? id : `the secret of ${id} is in ${file} (mode 0600)`) },
})
