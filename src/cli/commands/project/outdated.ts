import semver from 'semver'
import { z } from 'zod'
import type { PackageName } from '../../../schema/name.ts'
import { requirementPath, type Version } from '../../../schema/version.ts'
import { CpmError } from '../../../core/errors.ts'
import type { PackageDocument } from '../../../core/ports.ts'
import { lockedVersions, readLock } from '../../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { lockTimeout, registry } from '../../shell/options.ts'

interface Outdated {
  readonly name: PackageName
  readonly locked: Version
  /** the newest version that colony.yaml allows */
  readonly wanted: Version
  /** the newest release there is */
  readonly latest: Version
}

export default defineCommand({
  name: 'outdated',
  summary: 'List direct dependencies that have newer versions',
  input: z.object({
    offline: z.boolean().default(false).describe('use nothing that is not on this machine'),
    registry,
    lockTimeout,
  }),
  examples: [['In a pipeline that should notice', 'cpm outdated || echo time to update']],
  run: async (context, flags) => {
    const project = requireProject(context.cwd)
    const { manifest } = readProjectManifest(project)
    const locked = lockedVersions(readLock(project.lockFile))
    if (locked.size === 0 && manifest.dependencies.length + manifest.devDependencies.length > 0)
      throw new CpmError('LOCK_OUTDATED', 'there is no colony.lock to compare with', { hint: 'cpm install' })
    const { source, sweep } = await createInstallation(context, project, flags)
    try {
      const asked = [...manifest.dependencies, ...manifest.devDependencies].filter(
        ({ name, requirement }) => locked.has(name) && requirementPath(requirement) === null,
      )
      const documents = await source.read([...new Set(asked.map(({ name }) => name))])
      const packages = asked.flatMap(({ name, requirement }) => {
        const version = locked.get(name)
        const document = documents.get(name)
        return version && document ? newer(document, version, requirement) : []
      })
      return { packages, checked: asked.length }
    } finally {
      sweep()
    }
  },
  exit: ({ packages }) => (packages.length > 0 ? 'changesNeeded' : 'ok'),
  views: {
    human: ({ packages, checked }, style) => {
      if (packages.length === 0) return `up to date: ${checked} direct ${checked === 1 ? 'dependency' : 'dependencies'}`
      const lines = packages.map(({ name, locked, wanted, latest }) => {
        const beyond = latest === wanted ? '' : style('dim', ` (${latest} with --latest)`)
        return wanted === locked
          ? `${name} ${locked}${beyond}`
          : `${name} ${locked} → ${style('green', wanted)}${beyond}`
      })
      return [...lines, style('dim', 'cpm update takes what colony.yaml allows')].join('\n')
    },
  },
})

/** The dependency with newer versions of it; nothing where there are none. Pre-releases count where the locked one is one. */
function newer({ name, candidates }: PackageDocument, locked: Version, requirement: string): Outdated[] {
  const usable = candidates.filter(({ yanked }) => !yanked).map(({ version }) => version)
  const newest = (versions: readonly Version[]) =>
    versions.reduce((best, version) => (semver.gt(version, best) ? version : best), locked)
  const isPre = semver.prerelease(locked) !== null
  const wanted = newest(usable.filter((version) => semver.satisfies(version, requirement)))
  const latest = newest(usable.filter((version) => isPre || semver.prerelease(version) === null))
  return wanted === locked && latest === locked ? [] : [{ name, locked, wanted, latest: newest([wanted, latest]) }]
}
