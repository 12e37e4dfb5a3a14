import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { CpmError, fileError } from '../../../core/errors.ts'
import { isThere, makeFolders } from '../../../core/atomic-file.ts'
import { archiveFileName } from '../../../package/envelope.ts'
import { largestFiles, packFolder } from '../../../package/pack-folder.ts'
import * as tasks from '../../../package/tasks.ts'
import { requireSound } from '../../../operations/packages/check-folder.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { allow, dryRun } from '../../shell/options.ts'
import { bytes, count } from '../../../core/amounts.ts'
import { contentLines } from '../../views/package-contents.ts'

export default defineCommand({
  input: z.object({
    dir: z.string().default('.').describe('the folder of the package'),
    output: z.string().optional().meta({ short: 'o', description: 'the archive to write', value: 'file' }),
    dryRun,
    allow,
  }),
  positionals: ['dir'],
  examples: [
    ['Make an archive beside you', 'cpm pack hello'],
    ['See what would go in', 'cpm pack hello --dry-run'],
  ],
  run: async (context, { dir, output, dryRun, allow }) => {
    const { cwd, pool } = context
    const folder = path.resolve(cwd, dir)
    const sound = await requireSound(context, folder, { allow, uninstalled: 'warn' })
    const { manifest, files, leftOut } = sound
    const { name, version } = manifest
    const archive = path.resolve(cwd, output ?? archiveFileName(manifest))
    const planned = {
      ...{ name, version, archive, dryRun, leftOut },
      files: files.map((file) => file.path),
      largest: largestFiles(files),
    }
    if (dryRun) return planned
    if (isThere(archive)) throw new CpmError('FILE_EXISTS', `${archive} is there already`, { hint: `rm '${archive}'` })
    const temporary = `${archive}.${process.pid}.tmp`
    try {
      makeFolders(path.dirname(archive))
      const contents = await packFolder(folder, sound, { pool, output: temporary })
      const digests = await pool.run(tasks.digest, { file: temporary })
      fs.renameSync(temporary, archive)
      const { tree, size, tar } = contents
      return { ...planned, tree, size, tar, digests }
    } catch (error) {
      throw fileError(error, 'write', archive)
    } finally {
      fs.rmSync(temporary, { force: true })
    }
  },
  views: {
    human: (value, style) => {
      const lines = value.files.map((file) => `  ${file}`)
      if (!('tree' in value))
        return [
          ...lines,
          `${count(value.files.length, 'file')} would be packed into ${value.archive}`,
          ...contentLines(value),
        ].join('\n')
      const { digests, size, tree, archive } = value
      return [
        ...lines,
        `${style('green', 'packed:')} ${archive}`,
        `  ${count(value.files.length, 'file')}, ${bytes(size)}, ${bytes(digests.size)} packed`,
        ...contentLines(value),
        `  tree ${tree}`,
      ].join('\n')
    },
  },
})
