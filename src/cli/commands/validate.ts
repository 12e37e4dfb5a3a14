import path from 'node:path'
import { z } from 'zod'
import { type CpmError } from '../../core/errors.ts'
import { type Problem, problemsError, type Spot } from '../../core/yaml.ts'
import { findProject } from '../../installer/project.ts'
import { filesToPack } from '../../package/files-to-pack.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText } from '../../package/manifest.ts'
import { checkTemplates } from '../../workflow/templates/check-templates.ts'
import { defineCommand } from '../define-command.ts'
import { allow } from '../options.ts'
import { count } from '../style.ts'

export default defineCommand({
  name: 'validate',
  summary: 'Check a package and report every error at once',
  input: z.object({ dir: z.string().default('.').describe('the folder of the package'), allow }),
  positionals: ['dir'],
  examples: [['Check the package in this folder', 'cpm validate']],
  run: ({ cwd }, { dir, allow }) => {
    const folder = path.resolve(cwd, dir)
    const file = path.join(path.relative(cwd, folder), MANIFEST_FILE)
    const { manifest, problems } = checkPackageManifest(file, readManifestText(folder), { unknownKeys: 'refuse' })
    if (!manifest) throw failed(problems)
    const found = checkTemplates(folder, manifest, findProject(folder)?.packages).map((problem) =>
      fromFolder(problem, path.dirname(file)),
    )
    if (found.length > 0) throw failed(found)
    const { files, executables, name, version } = manifest
    return { name, version, files: filesToPack(folder, { files, executables, allow }).length }
  },
  views: {
    human: ({ name, version, files }, style) =>
      `${style('green', 'valid:')} ${name}@${version}, ${count(files, 'file')} to pack`,
  },
})

/** A problem of the package, with its files named from the working folder. */
function fromFolder({ inclusions, ...problem }: Problem, folder: string): Problem {
  const named = <T extends Spot>(spot: T): T => ({ ...spot, file: path.join(folder, spot.file) })
  return { ...named(problem), ...(inclusions && { inclusions: inclusions.map((way) => way.map(named)) }) }
}

function failed(problems: readonly Problem[]): CpmError {
  return problemsError('MANIFEST_INVALID', `${count(problems.length, 'error')}:`, problems)
}
