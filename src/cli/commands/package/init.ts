import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { PackageName } from '../../../schema/name.ts'
import { CpmError, fileError } from '../../../core/errors.ts'
import { isThere, makeFolders } from '../../../core/atomic-file.ts'
import { MANIFEST_FILE } from '../../../package/manifest.ts'
import { defineCommand } from '../../shell/define-command.ts'
import { packageTemplate, projectTemplate, type TemplateFile } from '../../../operations/packages/template.ts'

export default defineCommand({
  input: z.object({
    dir: z.string().default('.').describe('the folder, made if it is not there'),
    name: PackageName.optional().meta({ description: 'the package’s name (default: the folder’s)', value: 'name' }),
    bare: z.boolean().default(false).describe('only a colony.yaml, for a project that uses packages'),
  }),
  positionals: ['dir'],
  examples: [
    ['A package with a workflow that runs', 'cpm init hello'],
    ['A project that only uses packages', 'cpm init --bare'],
  ],
  run: ({ cwd }, { dir, name, bare }) => {
    const folder = path.resolve(cwd, dir)
    const files = bare ? projectTemplate() : packageTemplate(name ?? nameFrom(folder))
    const manifest = path.join(folder, MANIFEST_FILE)
    if (isThere(manifest)) {
      throw new CpmError('FILE_EXISTS', `${manifest} is there already`, {
        hint: 'choose another folder: cpm init <dir>',
      })
    }
    const kept = [...files.keys()].filter((file) => isThere(path.join(folder, file)))
    // The manifest comes last: a command that was cut short can be run again.
    for (const [file, contents] of [...files].reverse())
      if (!kept.includes(file)) writeNew(path.join(folder, file), contents)
    return { folder, manifest, files: [...files.keys()].filter((file) => !kept.includes(file)), kept, bare, dir }
  },
  views: {
    human: ({ files, kept, bare, dir }) => {
      const next = bare
        ? ['add a package:      cpm install <name>']
        : [
            `check it:           cpm validate ${dir}`,
            `test it:            cpm test ${dir}`,
            `run its workflow:   cpm submit ${dir} --engine local`,
            `publish it:         cpm publish ${dir}`,
          ]
      return [
        ...files.map((file) => `+ ${path.join(dir, file)}`),
        ...kept.map((file) => `  ${path.join(dir, file)} was there already, and is kept`),
        '',
        'Next:',
        ...next.map((line) => `  ${line}`),
      ].join('\n')
    },
  },
})

/** Writes a file where nothing is: what somebody else wrote meanwhile stays, too. */
function writeNew(file: string, { text, executable }: TemplateFile): void {
  const mode = executable ? 0o755 : 0o644
  try {
    makeFolders(path.dirname(file))
    fs.writeFileSync(file, text, { mode, flag: 'wx' })
    fs.chmodSync(file, mode)
  } catch (error) {
    throw fileError(error, 'write', file)
  }
}

function nameFrom(folder: string): PackageName {
  const base = path.basename(folder).toLowerCase()
  const name = base.replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '')
  const result = PackageName.safeParse(name)
  if (result.success) return result.data
  throw new CpmError('USAGE', `the folder’s name ${JSON.stringify(base)} does not make a package name`, {
    hint: 'cpm init --name <name>',
  })
}
