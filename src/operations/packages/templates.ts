import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bareName, type PackageName } from '../../schema/name.ts'
import { plain, type TemplateFile, type TemplateFiles } from './project-template.ts'

declare const CPM_BUNDLED: boolean | undefined

/** The templates of `cpm init`, each in a folder of `templates/`. The first one is the default. */
export const TEMPLATES = {
  hello: 'one node that greets',
  'fan-out': 'a node for each item of a list, and one that joins the results',
  sweep: 'a node for each combination of parameters, and one for the best',
  plugin: 'a plugin that adds a hook and a command to cpm',
} as const satisfies Record<string, string>

export type TemplateName = keyof typeof TEMPLATES

export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as [TemplateName, ...TemplateName[]]

/** What a template calls its package, and its plugin: replaced in all of its files. */
const PLACEHOLDER = 'my-package'
const PLUGIN = 'my-plugin'

/** Files with another name in the template: npm publishes no .gitignore. */
const RENAMED: ReadonlyMap<string, string> = new Map([['gitignore', '.gitignore']])

/** Reads the files of a template, colony.yaml first, for a package of this name. */
export function readTemplate(template: TemplateName, name: PackageName): TemplateFiles {
  const root = path.join(templatesFolder(), template)
  const files = fs
    .readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
  return new Map(files.sort(byImportance).map((file) => [RENAMED.get(file) ?? file, read(path.join(root, file), name)]))
}

function read(file: string, name: PackageName): TemplateFile {
  const text = fs.readFileSync(file, 'utf8').replaceAll(PLACEHOLDER, name).replaceAll(PLUGIN, bareName(name))
  // npm and some file systems do not keep modes.
  return { ...plain(text), executable: text.startsWith('#!') }
}

/** In the order in which a newcomer should read them. */
const ORDER = ['colony.yaml', 'workflows/', 'bin/', 'tests/', 'README.md']

function byImportance(one: string, other: string): number {
  const rank = (file: string) => {
    const found = ORDER.findIndex((start) => file.startsWith(start))
    return found < 0 ? ORDER.length : found
  }
  return rank(one) - rank(other) || (one < other ? -1 : 1)
}

/** The bundle is in `dist/`, this file three folders below the root of the source. */
function templatesFolder(): string {
  const isBundled = typeof CPM_BUNDLED !== 'undefined' && CPM_BUNDLED
  return fileURLToPath(new URL(isBundled ? '../templates' : '../../../templates', import.meta.url))
}
