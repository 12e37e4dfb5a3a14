import path from 'node:path'
import { z } from 'zod'
import { isThere } from '../../core/atomic-file.ts'
import { type Problem, problemsError, problemText, type Spot } from '../../core/yaml.ts'
import { findProject } from '../../installer/project.ts'
import { filesToPack } from '../../package/files-to-pack.ts'
import { checkPackageManifest, MANIFEST_FILE, readManifestText } from '../../package/manifest.ts'
import { checkPackage } from '../../workflow/check-package.ts'
import { defineCommand } from '../define-command.ts'
import { allow } from '../options.ts'
import { count } from '../style.ts'

export default defineCommand({
  name: 'validate',
  summary: 'Check a package and report every error at once',
  input: z.object({ dir: z.string().default('.').describe('the folder of the package'), allow }),
  positionals: ['dir'],
  examples: [['Check the package in this folder', 'cpm validate']],
  run: ({ cwd, emit }, { dir, allow }) => {
    const folder = path.resolve(cwd, dir)
    const file = path.join(path.relative(cwd, folder), MANIFEST_FILE)
    const text = readManifestText(folder)
    const { manifest, problems: own } = checkPackageManifest(file, text, { unknownKeys: 'refuse' })
    // An unknown key does not keep the rest from being looked at.
    const readable = manifest ?? checkPackageManifest(file, text, { unknownKeys: 'tolerate' }).manifest
    const checked = checkPackage(folder, readable, findProject(folder)?.packages)
    const named = (problem: Problem) => fromFolder(problem, folder, path.dirname(file))
    const problems = [...own, ...checked.problems.map(named)]
    const warnings = checked.warnings.map(named)
    for (const warning of warnings) emit({ type: 'warning', code: 'INPUT_UNREAD', message: problemText(warning) })
    if (!manifest || problems.length > 0)
      throw problemsError('MANIFEST_INVALID', `${count(problems.length, 'error')}:`, problems)
    const { files, executables, name, version } = manifest
    return { name, version, files: filesToPack(folder, { files, executables, allow }).length, warnings }
  },
  views: {
    human: ({ name, version, files }, style) =>
      `${style('green', 'valid:')} ${name}@${version}, ${count(files, 'file')} to pack`,
  },
})

/** A problem of the package, with its files named from the working folder; those of a dependency keep the name that begins with it. */
function fromFolder({ inclusions, ...problem }: Problem, folder: string, base: string): Problem {
  const nameOf = (file: string) => (isThere(path.join(folder, file)) ? path.join(base, file) : file)
  const named = <T extends Spot>(spot: T): T => ({ ...spot, file: nameOf(spot.file) })
  return { ...named(problem), ...(inclusions && { inclusions: inclusions.map((way) => way.map(named)) }) }
}
