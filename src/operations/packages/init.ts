import fs from 'node:fs'
import path from 'node:path'
import { PackageName } from '../../schema/name.ts'
import type { EnvironmentVariables } from '../../core/environment-variables.ts'
import { CpmError, fileError } from '../../core/errors.ts'
import { isThere, makeFolders, readIfThere } from '../../core/atomic-file.ts'
import { manifestName, placesOf } from '../../installer/places.ts'
import type { Project } from '../../installer/project.ts'
import { nestedWorkspace, placesAround, workspaceAbove } from '../../installer/workspace/find-workspace.ts'
import { checkProjectManifest } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { Session } from '../session.ts'
import { projectTemplate, type TemplateFile, type TemplateFiles, workspaceTemplate } from './project-template.ts'
import { askForName, askForTemplate } from './init-questions.ts'
import { readTemplate, TEMPLATE_NAMES, type TemplateName } from './templates.ts'
import { shellPath } from '../../core/shell-word.ts'
import { wideFolder } from '../../core/wide-folder.ts'

export interface InitOptions {
  /** the folder, created if it does not exist */
  dir?: string
  /** the package's name; by default the folder's name */
  name?: PackageName | undefined
  /** the template of the package; by default asks for it if the session has prompts, otherwise hello */
  template?: TemplateName | undefined
  /** ask no questions */
  yes?: boolean
  /** start a project that only uses packages */
  bare?: boolean
  /** start a workspace, whose members are the packages in `packages` */
  workspace?: boolean
}

export interface InitResult {
  readonly folder: string
  readonly manifest: string
  /** the files that were created, relative to the folder */
  readonly files: readonly string[]
  /** the files that already existed and were kept */
  readonly kept: readonly string[]
  readonly bare: boolean
  /** the template of a package */
  readonly template?: TemplateName
  /** whether it is the root of a new workspace */
  readonly isWorkspace: boolean
  /** the folder as the caller named it */
  readonly dir: string
  /** the nearest workspace above: its root, the path of the folder in it, and whether it is a member */
  readonly workspace: { readonly root: string; readonly path: string; readonly isMember: boolean } | null
}

/**
 * Starts a package or a project in a folder. Asks for the name and the template of a package if the session has prompts.
 * @throws CpmError FILE_EXISTS if it has a colony.yaml, USAGE if its name can't become a package name, PROJECT_UNSAFE
 * for a package in the user's home folder or in `/`
 */
export async function init(session: Pick<Session, 'cwd' | 'env' | 'prompts'>, options: InitOptions = {}) {
  const { dir = '.', name, template, bare = false, workspace = false } = options
  const folder = path.resolve(session.cwd, dir)
  const manifest = path.join(folder, MANIFEST_FILE)
  const above = workspaceAbove(folder)
  const isMember = above?.isMember === true
  if (workspace && above && isMember) throw nestedWorkspace(above.member, above.root.root)
  if (isThere(manifest)) {
    throw new CpmError('FILE_EXISTS', `${manifest} already exists`, {
      hint: 'choose another folder: cpm init <dir>',
    })
  }
  const isPackage = !bare && !workspace
  if (!isPackage && template !== undefined)
    throw new CpmError('USAGE', `a ${workspace ? 'workspace' : 'bare project'} has no template`, {
      hint: `leave out --template or --${workspace ? 'workspace' : 'bare'}`,
    })
  if (isPackage) refuseWide(folder, session.env)
  const prompts = isPackage && options.yes !== true ? session.prompts : undefined
  const isNamed = isPackage || (bare && !workspace && (isMember || name !== undefined))
  // A folder that the user typed is the name that they want.
  const asked = dir === '.' && name === undefined ? prompts : undefined
  const free = (one: PackageName) => {
    if (above && isMember) requireFreeName(one, above.root, dir)
  }
  const called = isNamed ? (name ?? (await askForName(asked, nameOfFolder(folder), free)) ?? nameFrom(folder, dir)) : undefined // prettier-ignore
  if (called !== undefined) free(called)
  const kind = template ?? (await askForTemplate(prompts)) ?? TEMPLATE_NAMES[0]
  const files = workspace
    ? workspaceTemplate()
    : isPackage && called !== undefined
      ? readTemplate(kind, called)
      : projectTemplate(called)
  const made = write(folder, files)
  const kept = [...files.keys()].filter((file) => !made.includes(file))
  return {
    ...{ folder, manifest, files: made, kept, bare: !isPackage, isWorkspace: workspace, dir },
    ...(isPackage && { template: kind }),
    workspace: above ? { root: above.root.root, path: above.member, isMember } : null,
  } satisfies InitResult
}

/** Writes the files that don't exist yet, and returns them. */
function write(folder: string, files: TemplateFiles): string[] {
  const missing = [...files.keys()].filter((file) => !isThere(path.join(folder, file)))
  // The manifest comes last, so that an interrupted command can be run again.
  for (const [file, contents] of [...files].reverse())
    if (missing.includes(file)) writeNew(path.join(folder, file), contents)
  return missing
}

/** A package is all files of its folder. @throws CpmError PROJECT_UNSAFE */
function refuseWide(folder: string, env: EnvironmentVariables): void {
  const wide = wideFolder(folder, env)
  if (wide === undefined) return
  throw new CpmError('PROJECT_UNSAFE', `${folder} is ${wide}: as a package, it would contain all files there`, {
    hint: 'choose another folder: cpm init <dir>; for a project that only uses packages: cpm init --bare',
  })
}

/** @throws CpmError USAGE if another member of the workspace has the name */
function requireFreeName(name: PackageName, root: Project, dir: string): void {
  const other = placesOf(placesAround(root)).find((place) => nameOf(place) === name)
  if (!other) return
  throw new CpmError('USAGE', `${manifestName(other)} of the workspace already has the name ${name}`, {
    hint: `cpm init ${dir === '.' ? '' : `${shellPath(dir)} `}--name <name>`,
  })
}

/** Returns the name in a manifest, even if something else in it is wrong. */
function nameOf({ manifestFile }: Project): string | undefined {
  const bytes = readIfThere(manifestFile)
  return bytes && checkProjectManifest(MANIFEST_FILE, bytes, { unknownKeys: 'tolerate' }).manifest?.name
}

/** Writes a new file. Fails rather than overwrite a file that appeared in the meantime. */
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

/** Returns a folder's name as the name of a package, if it can become one. */
function nameOfFolder(folder: string): PackageName | undefined {
  const base = path.basename(folder).toLowerCase()
  return PackageName.safeParse(base.replace(/[^a-z0-9-]+/g, '-').replace(/^-+|-+$/g, '')).data
}

function nameFrom(folder: string, dir: string): PackageName {
  const name = nameOfFolder(folder)
  if (name !== undefined) return name
  const base = JSON.stringify(path.basename(folder).toLowerCase())
  throw new CpmError('USAGE', `the folder name ${base} can't be used as a package name`, {
    hint: `cpm init ${dir === '.' ? '' : `${shellPath(dir)} `}--name <name>`,
  })
}
