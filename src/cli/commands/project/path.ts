import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { packagePath } from '../../../operations/packages/package-path.ts'

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package') }),
  positionals: ['name'],
  examples: [['Print a file of a package', 'cat "$(cpm path thumbnails)/README.md"']],
  run: packagePath,
  views: { human: ({ path }) => path },
})
