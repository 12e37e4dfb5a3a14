import { z } from 'zod'
import { CpmError } from '../../../core/errors.ts'
import { lockedVersions, readLock } from '../../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { reasonAgainst } from '../../../installer/resolve-project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { lockTimeout, registry } from '../../shell/options.ts'
import { parseRelease } from '../../../operations/registries/release-argument.ts'

export default defineCommand({
  name: 'why-not',
  summary: 'Tell why the project does not have a version',
  input: z.object({
    release: z.string().meta({ description: 'the version, as name@1.2.0', value: 'name@version' }),
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    registry,
    lockTimeout,
  }),
  positionals: ['release'],
  examples: [['What keeps codec from being newer', 'cpm why-not codec@2.1.0']],
  run: async (context, { release, ...flags }) => {
    const wanted = parseRelease(release)
    const project = requireProject(context.cwd)
    const { manifest } = readProjectManifest(project)
    const chosen = lockedVersions(readLock(project.lockFile))
    if (chosen.size === 0)
      throw new CpmError('LOCK_OUTDATED', 'there is no colony.lock to ask about', { hint: 'cpm install' })
    if (chosen.get(wanted.name) === wanted.version) return { ...wanted, isInstalled: true, reason: null }
    const { source, emit, cpmVersion, signal, sweep } = await createInstallation(context, project, flags)
    try {
      const options = { root: project.root, locked: chosen, source, cpmVersion, emit, signal }
      const reason = await reasonAgainst(manifest, wanted, chosen, options)
      return { ...wanted, isInstalled: false, reason }
    } finally {
      sweep()
    }
  },
  views: {
    human: ({ name, version, isInstalled, reason }) => {
      if (isInstalled) return `${name} ${version} is the one that colony.lock has`
      // The question was put as if the project asked for it.
      if (reason !== null) return `${name} ${version} can’t be used here. If the project asked for it:\n${reason}`
      return `nothing is against ${name} ${version}: cpm update ${name}, or ask for it in colony.yaml`
    },
  },
})
