import path from 'node:path'
import { z } from 'zod'
import { problemsError, problemText } from '../../../core/yaml.ts'
import { planPack } from '../../../package/pack-folder.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestBytes } from '../../../package/manifest.ts'
import { checkFolder } from '../../../operations/packages/check-folder.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { allow } from '../../shell/options.ts'
import { count } from '../../../core/amounts.ts'

export default defineCommand({
  name: 'validate',
  summary: 'Check a package and report every error at once',
  input: z.object({ dir: z.string().default('.').describe('the folder of the package'), allow }),
  positionals: ['dir'],
  examples: [['Check the package in this folder', 'cpm validate']],
  run: async (context, { dir, allow }) => {
    const { cwd, pool, emit } = context
    const folder = path.resolve(cwd, dir)
    const file = path.join(path.relative(cwd, folder), MANIFEST_FILE)
    const text = readManifestBytes(folder)
    const { manifest, problems: own } = checkPackageManifest(file, text, { unknownKeys: 'refuse' })
    // An unknown key does not keep the rest from being looked at.
    const readable = manifest ?? checkPackageManifest(file, text, { unknownKeys: 'tolerate' }).manifest
    const { warnings, ...checked } = await checkFolder(cwd, folder, readable)
    const problems = [...own, ...checked.problems, ...checked.uninstalled]
    for (const warning of warnings) emit({ type: 'warning', code: 'INPUT_UNREAD', message: problemText(warning) })
    if (!manifest || problems.length > 0)
      throw problemsError('MANIFEST_INVALID', `${count(problems.length, 'error')}:`, problems)
    const { name, version } = manifest
    const { files } = await planPack(folder, { pool, allow, home: context.home(await context.config()) })
    return { name, version, files: files.length, warnings }
  },
  views: {
    human: ({ name, version, files }, style) =>
      `${style('green', 'valid:')} ${name}@${version}, ${count(files, 'file')} to pack`,
  },
})
