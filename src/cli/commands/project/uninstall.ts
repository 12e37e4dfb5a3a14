import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { CpmError } from '../../../core/errors.ts'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { install } from '../../../installer/install.ts'
import { removeDependencies } from '../../../installer/manifest-edit.ts'
import { parseProjectManifest, requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { copy, dryRun, lockTimeout, registry } from '../../shell/options.ts'
import { installDocument, renderInstall } from '../../views/install.ts'

export default defineCommand({
  name: 'uninstall',
  summary: 'Remove packages from the project',
  input: z.object({
    names: z.array(PackageName).min(1).meta({ description: 'packages to remove', value: 'name' }),
    dryRun,
    copy,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [['Remove one package and what only it needed', 'cpm uninstall thumbnails']],
  run: async (context, { names, dryRun, ...flags }) => {
    const installation = await createInstallation(context, requireProject(context.cwd), flags)
    const edit = (text: string) => {
      requireDirect(names, text)
      return removeDependencies(text, names)
    }
    return installDocument(await install(installation, { dryRun, edit }))
  },
  views: { human: renderInstall },
})

function requireDirect(names: readonly PackageName[], text: string): void {
  const { dependencies, devDependencies } = parseProjectManifest(text)
  const direct = [...dependencies, ...devDependencies].map(({ name }) => name)
  const unknown = names.filter((name) => !direct.includes(name))
  const [first] = unknown
  if (first === undefined) return
  throw new CpmError(
    'PACKAGE_NOT_FOUND',
    `colony.yaml has no dependency ${unknown.join(', ')}${didYouMean(first, direct)}`,
    {
      hint: 'cpm list',
    },
  )
}
