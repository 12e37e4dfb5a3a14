import { z } from 'zod'
import type { PackageName } from '../../../schema/name.ts'
import type { Version } from '../../../schema/version.ts'
import { install, type InstallRequest } from '../../../installer/install.ts'
import { setDependencies, type Section } from '../../../installer/manifest-edit.ts'
import { parseProjectManifest, requireProject } from '../../../installer/project.ts'
import { isCi } from '../../../operations/session.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { copy, dryRun, lockTimeout, registry } from '../../shell/options.ts'
import { parseNameAndRange } from '../../../operations/registries/release-argument.ts'
import { readSelection, selection } from '../../../operations/project/selection.ts'
import { installDocument, renderInstall } from '../../views/install.ts'

export default defineCommand({
  name: 'install',
  summary: 'Install what the project needs, and add packages to it',
  input: z.object({
    names: z
      .array(z.string())
      .default([])
      .meta({ description: 'packages to add, as name or name@range', value: 'name@range' }),
    dev: z.boolean().default(false).describe('add to devDependencies'),
    exact: z.boolean().default(false).describe('add the exact version instead of ^version'),
    frozen: z.boolean().optional().describe('fail when colony.lock would change (default where CI is set)'),
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    dryRun,
    copy,
    ...selection,
    registry,
    lockTimeout,
  }),
  positionals: ['names'],
  examples: [
    ['Install what colony.yaml and colony.lock say', 'cpm install'],
    ['Add a package', 'cpm install thumbnails'],
    ['Add a range of versions', "cpm install 'thumbnails@>=1.2 <3'"],
  ],
  run: async (context, { names, dev, exact, frozen, dryRun, ...flags }) => {
    const project = requireProject(context.cwd)
    const installation = await createInstallation(context, project, flags)
    const request: InstallRequest = {
      dryRun,
      frozen: frozen ?? (isCi(context.env) && names.length === 0),
      selection: readSelection(context.cwd, flags),
    }
    const additions = names.map(parseNameAndRange)
    const adding = additions.length > 0 ? addTo(additions, dev ? 'devDependencies' : 'dependencies', exact) : {}
    return installDocument(await install(installation, { ...request, ...adding }))
  },
  views: { human: renderInstall },
})

type Addition = ReturnType<typeof parseNameAndRange>

/** What is added goes into the manifest with its range; without one, any version is asked for and the one chosen is written. */
function addTo(
  additions: readonly Addition[],
  section: Section,
  exact: boolean,
): Pick<InstallRequest, 'edit' | 'settle'> {
  const open = new Set<PackageName>()
  return {
    edit: (text) => {
      const manifest = parseProjectManifest(text)
      const has = (name: PackageName) => manifest[section].some((dependency) => dependency.name === name)
      const requirements = new Map<PackageName, string>()
      for (const { name, range } of additions) {
        if (range === undefined && has(name)) continue
        requirements.set(name, range ?? '*')
        if (range === undefined) open.add(name)
      }
      return setDependencies(text, section, requirements)
    },
    settle: (text: string, chosen: ReadonlyMap<PackageName, Version>) => {
      const requirements = [...open].map((name) => [name, `${exact ? '' : '^'}${chosen.get(name) ?? '*'}`] as const)
      return setDependencies(text, section, new Map(requirements))
    },
  }
}
