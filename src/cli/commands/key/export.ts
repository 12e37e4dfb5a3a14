import path from 'node:path'
import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { exportSeed, findKey, listKeys, loadKey } from '../../../package/keys.ts'
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
  run: async (context, { id, secret, output }) => {
    const { keys } = context.home(await context.config())
    const key = id === undefined ? listKeys(keys)[0] : findKey(keys, id)
    if (!key) throw new CpmError('KEY_NOT_FOUND', 'there are no keys', { hint: 'cpm key generate' })
    if (secret !== (output !== undefined)) {
      throw new CpmError('USAGE', 'a secret goes to a file only: give --secret and -o together', {
        hint: 'cpm key export --secret -o seed.txt',
      })
    }
    if (output === undefined) return { id: key.id, algorithm: 'ed25519', file: null }
    const file = path.resolve(context.cwd, output)
    exportSeed(loadKey(key.file), file)
    return { id: key.id, algorithm: 'ed25519', file }
  },
  views: { human: ({ id, file }) => (file === null ? id : `the secret of ${id} is in ${file} (mode 0600)`) },
})
