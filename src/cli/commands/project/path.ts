import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { globalPath } from '../../../operations/global/path.ts'
import { global } from '../../shell/options.ts'
import { packagePath } from '../../../operations/packages/package-path.ts'

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package'), global }),
  positionals: ['name'],
  examples: [['Print a file of a package', 'cat "$(cpm path thumbnails)/README.md"']],
  run: async (session, { global, name }) =>
    global ? await globalPath(session, { name }) : await packagePath(session, { name }),
  views: { human: ({ path }) => path },
})
