import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { CpmError } from '../../../core/errors.ts'
import { didYouMean } from '../../../core/did-you-mean.ts'
import { dependentsOf } from '../../../installer/dependents.ts'
import { lockedPackage, requireLock } from '../../../installer/lockfile.ts'
import { tellNewsOf } from '../../../installer/standing-warnings.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { offline, registry } from '../../shell/options.ts'
import { isRelease } from '../../../schema/lock.ts'
import { requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'

const MOST_SHOWN = 20

export default defineCommand({
  input: z.object({ name: PackageName.describe('the package'), offline, registry }),
  positionals: ['name'],
  examples: [['What leads to codec', 'cpm why codec']],
  run: async (context, { name, ...flags }) => {
    const project = requireProject(context.cwd)
    const lock = requireLock(project.lockFile)
    const found = lockedPackage(lock, name)
    if (!found) {
      const fact = `colony.lock has no ${name}${didYouMean(name, Object.keys(lock.packages))}`
      throw new CpmError('PACKAGE_NOT_FOUND', fact, { hint: 'cpm list' })
    }
    const { overrides } = lock.roots['.']
    const override = Object.hasOwn(overrides, name) ? overrides[name] : undefined
    const { version } = found
    const { source, emit, sweep } = await createInstallation(context, project, flags)
    const news = await tellNewsOf(isRelease(found) ? [{ name, version }] : [], { source, emit })
    sweep()
    return {
      name,
      version,
      override: override ?? null,
      standing: news.of.get(name)?.standing ?? null,
      paths: dependentsOf(lock, name),
      unasked: news.unasked,
    }
  },
  views: {
    human: ({ name, version, override, paths }, style) => {
      const lines = paths
        .slice(0, MOST_SHOWN)
        .map((path) =>
          [
            'your project',
            ...path.map((step) => `${step.name} ${step.version}${style('dim', ` (${step.requirement})`)}`),
          ].join(' → '),
        )
      const hidden = paths.length - lines.length
      const more = hidden > 0 ? [style('dim', `… and ${hidden} more ways`)] : []
      const by = override === null ? '' : `, which colony.yaml overrides with ${override}`
      return [`${name} ${version}${by}, needed by:`, ...lines, ...more].join('\n')
    },
  },
})
