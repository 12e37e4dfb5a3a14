import fs from 'node:fs'
import path from 'node:path'
import { checkPackageManifest, readManifestBytes, requireManifest } from '../../package/manifest.ts'
import { MANIFEST_FILE } from '../../package/manifest-file.ts'
import type { PackageManifest } from '../../schema/manifest.ts'
import type { ScopeValues } from './scope.ts'
import type { TemplateSource } from './library.ts'
import { readDocuments } from './workflow-file.ts'

/** More packages in one workflow are likely a mistake. */
const MAX_PACKAGES = 64

/** The parts of a manifest that concern workflows. */
export type WorkflowManifest = Pick<PackageManifest, 'name' | 'version' | 'inputs' | 'dependencies' | 'functions'>

/** A package on this machine: its folder and its manifest. */
export interface PackageFolder {
  readonly root: string
  readonly manifest: WorkflowManifest
}

/** A package from which another package includes. */
export interface IncludedPackage extends PackageFolder {
  readonly manifest: PackageManifest
  /** the first package that includes from it */
  readonly user: PackageFolder
}

/** A package whose workflows are read, and the packages they may include from. */
export interface WorkflowPackages {
  readonly main: PackageFolder
  /** the versions of the main package's installed dependencies, for `deps` in expressions */
  readonly versions: ReadonlyMap<string, string>
  /** the installed packages that a template names, by name */
  readonly included: ReadonlyMap<string, IncludedPackage>
}

/**
 * Finds the packages that a package's templates may include from, directly or through other packages.
 * @param packages the folder of installed packages, if any
 */
export function findPackages(main: PackageFolder, packages: string | undefined): WorkflowPackages {
  const included = new Map<string, IncludedPackage>()
  const visit = (folder: PackageFolder) => {
    const texts = readDocuments(folder.root).map(({ text }) => text)
    for (const { name } of folder.manifest.dependencies) {
      // A dependency is read only if a template names it: most are used only for their files.
      if (included.has(name) || name === main.manifest.name || included.size >= MAX_PACKAGES) continue
      if (!texts.some((text) => text.includes('$include') && text.includes(name))) continue
      const dependency = packages === undefined ? undefined : openPackage(path.join(packages, name), name)
      if (!dependency) continue
      const found = { ...dependency, user: folder }
      included.set(name, found)
      visit(found)
    }
  }
  visit(main)
  return { main, included, versions: versionsOf(main, packages) }
}

/** Reads versions only if a template uses `deps`: most never do, and each version is a file to read. */
function versionsOf({ root, manifest }: PackageFolder, packages: string | undefined): Map<string, string> {
  const isAsked = packages !== undefined && readDocuments(root).some(({ text }) => /\bdeps\b/.test(text))
  const found = manifest.dependencies.flatMap(({ name }): [string, string][] => {
    const dependency = isAsked ? openPackage(path.join(packages, name), name) : undefined
    return dependency ? [[name, dependency.manifest.version]] : []
  })
  return new Map(found)
}

/**
 * Returns what templates need from the packages, as plain data.
 * @param valuesOf returns the values that the expressions of a package see; omitted if templates are only checked
 */
export function sourcesOf(
  { main, included }: WorkflowPackages,
  valuesOf: (folder: PackageFolder) => ScopeValues | undefined = () => undefined,
): [TemplateSource, ...TemplateSource[]] {
  const source = (folder: PackageFolder, prefix: string): TemplateSource => ({
    name: folder.manifest.name,
    inputs: folder.manifest.inputs,
    dependencies: folder.manifest.dependencies.map(({ name }) => name),
    files: readDocuments(folder.root, prefix),
    values: valuesOf(folder),
  })
  return [source(main, ''), ...[...included].map(([name, folder]) => source(folder, `${name}/`))]
}

function openPackage(root: string, name: string): Pick<IncludedPackage, 'root' | 'manifest'> | undefined {
  if (!fs.existsSync(path.join(root, MANIFEST_FILE))) return undefined
  const checked = checkPackageManifest(`${name}/${MANIFEST_FILE}`, readManifestBytes(root), { unknownKeys: 'tolerate' })
  return { root, manifest: requireManifest(checked).manifest }
}
