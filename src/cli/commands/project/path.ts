import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { requireProject } from '../../../installer/project.ts'
import { lookAt } from '../../../operations/project/look-at.ts'
import { requireInstalled } from '../../../operations/packages/installed-package.ts'

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package') }),
  positionals: ['name'],
  examples: [['Use a file of a package', 'cat "$(cpm path thumbnails)/README.md"']],
  run: async (context, { name }) => {
    const project = requireProject(context.cwd)
    const { version, folder } = await lookAt(context, project, () => requireInstalled(project.root, name))
    return { name, version, path: folder }
  },
  views: { human: ({ path }) => path },
})
