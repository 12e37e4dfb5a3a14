import { z } from 'zod'
import { isRelease } from '../../../schema/lock.ts'
import { CpmError } from '../../../core/errors.ts'
import { lookAt } from '../../../operations/project/look-at.ts'
import { readDiskTree } from '../../../installer/disk-tree.ts'
import { entriesOf, readLock } from '../../../installer/lockfile.ts'
import { readProjectManifest, requireProject } from '../../../installer/project.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { createInstallation } from '../../../operations/project/installation.ts'
import { tellNews } from '../../../installer/standing-warnings.ts'
import { offline, registry } from '../../shell/options.ts'
import { standingMarks } from '../../views/standing-marks.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  input: z.object({
    direct: z.boolean().default(false).describe('only what colony.yaml names'),
    offline,
    registry,
  }),
  examples: [
    ['Everything the lock has', 'cpm list'],
    ['Only direct dependencies', 'cpm list --direct'],
  ],
  run: async (context, { direct: onlyDirect, ...flags }) => {
    const project = requireProject(context.cwd)
    const { lock, ...looked } = await lookAt(context, project, () => {
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
          ...(isRelease(locked) ? { tree: locked.tree } : { path: locked.path }),
        }))
        .filter((entry) => !onlyDirect || entry.direct)
      const isWanting = read.kind === 'none' && manifest.dependencies.length + manifest.devDependencies.length > 0
      return { packages, isWanting, lock: read.kind === 'lock' ? read.lock : undefined }
    })
    const installation = await createInstallation(context, project, flags)
    const news = await tellNews(lock, installation)
    installation.sweep()
    const packages = looked.packages.map((entry) => ({ ...entry, standing: news.of.get(entry.name)?.standing ?? null }))
    return { ...looked, packages, unasked: news.unasked }
  },
  views: {
    human: ({ packages, isWanting }, style) => {
      if (isWanting) return 'nothing is installed yet: cpm install'
      if (packages.length === 0) return 'no packages: add one with cpm install <name>'
      const lines = packages.map(({ name, version, direct, installed, standing }) => {
        const marks = [
          ...(direct ? [] : ['indirect']),
          ...(installed ? [] : ['not installed']),
          ...standingMarks(standing),
        ]
        return `${name} ${version}${marks.length > 0 ? style('dim', ` (${marks.join(', ')})`) : ''}`
      })
      return [...lines, count(packages.length, 'package')].join('\n')
    },
  },
})
