import { z } from 'zod'
import { isRelease } from '../../../schema/lock.ts'
import { CpmError } from '../../../core/errors.ts'
import { lookAt } from '../../../operations/project/look-at.ts'
import { readDiskTree } from '../../../installer/disk-tree.ts'
import { entriesOf, readLock } from '../../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { lastStanding } from '../../../operations/registries/last-status.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  name: 'list',
  summary: 'List what is installed, and what was said of it since',
  input: z.object({ direct: z.boolean().default(false).describe('only what colony.yaml names') }),
  examples: [
    ['Everything the lock has', 'cpm list'],
    ['Only direct dependencies', 'cpm list --direct'],
  ],
  run: async (context, { direct: onlyDirect }) => {
    const project = requireProject(context.cwd)
    const settings = await context.config(project.root)
    const { cache } = context.home(settings)
    return await lookAt(context, project, () => {
      const { manifest } = readProjectManifest(project)
      const read = readLock(project.lockFile)
      if (read.kind === 'conflict')
        throw new CpmError('LOCK_INVALID', 'colony.lock has conflict markers', { hint: 'cpm install' })
      const disk = readDiskTree(project)
      const direct = new Set([...manifest.dependencies, ...manifest.devDependencies].map(({ name }) => name))
      const packages = entriesOf(read.kind === 'lock' ? read.lock.packages : {})
        .map(([name, locked]) => ({
          name,
          version: locked.version,
          direct: direct.has(name),
          installed: disk.has(name),
          standing: isRelease(locked) ? lastStanding(cache, name, locked) : null,
          ...(isRelease(locked) ? { tree: locked.tree } : { path: locked.path }),
        }))
        .filter((entry) => !onlyDirect || entry.direct)
      const isWanting = read.kind === 'none' && manifest.dependencies.length + manifest.devDependencies.length > 0
      return { packages, isWanting }
    })
  },
  views: {
    human: ({ packages, isWanting }, style) => {
      if (isWanting) return 'nothing is installed yet: cpm install'
      if (packages.length === 0) return 'no packages: add one with cpm install <name>'
      const lines = packages.map(({ name, version, direct, installed, standing }) => {
        const marks = [...(direct ? [] : ['indirect']), ...(installed ? [] : ['not installed'])]
        if (standing?.yanked === true) marks.push('yanked')
        if (standing?.deprecated === true) marks.push('deprecated')
        return `${name} ${version}${marks.length > 0 ? style('dim', ` (${marks.join(', ')})`) : ''}`
      })
      return [...lines, count(packages.length, 'package')].join('\n')
    },
  },
})
