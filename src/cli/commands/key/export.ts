import { z } from 'zod'
import { exportKey } from '../../../operations/registries/keys.ts'
import { defineCommand } from '../../shell/define-command.ts'

export default defineCommand({
  input: z.object({
    id: z.string().optional().describe('the key, by its id or the beginning of it (default: the oldest)'),
    secret: z.boolean().default(false).describe('write the secret seed to the file of -o, for CPM_SIGNING_KEY in CI'),
    output: z
      .string()
      .optional()
      .meta({ short: 'o', description: 'the file for the secret; never printed', value: 'file' }),
  }),
  positionals: ['id'],
  examples: [
    ['The public key, to give to others', 'cpm key export'],
    ['The secret, to a file of mode 0600', 'cpm key export --secret -o seed.txt'],
  ],
  run: exportKey,
  views: { human: ({ id, file }) => (file === null ? id : `the secret of ${id} is in ${file} (mode 0600)`) },
})
