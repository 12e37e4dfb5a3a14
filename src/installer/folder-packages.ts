import path from 'node:path'
import { type Dependency, writeDependencies } from '../schema/dependency.ts'
import type { LockedFolder } from '../schema/lock.ts'
import type { PackageManifest } from '../schema/manifest.ts'
import type { PackageName } from '../schema/name.ts'
import { requirementPath } from '../schema/version.ts'
import { CpmError } from '../core/errors.ts'
import type { PackageDocument, PackageSource } from '../core/ports.ts'
import { checkPackageManifest, readManifestBytes, requireManifest } from '../package/manifest.ts'
import { MANIFEST_FILE } from '../package/manifest-file.ts'
import type { Roots } from './roots.ts'

/** A package in a local folder, from a requirement such as `path:../tools`. */
export interface FolderPackage {
  readonly name: PackageName
  /** relative to the project's root, separated by `/` */
  readonly path: string
  readonly manifest: PackageManifest
}

/**
 * Returns the members of a workspace that others can depend on: those with a version. They are not looked up in a
 * registry, which could otherwise offer another package under the name of a private one.
 */
export function memberPackages(roots: Roots): Map<PackageName, FolderPackage> {
  if (roots.length === 1) return new Map()
  return new Map(
    roots.flatMap(({ path, manifest }) => {
      const { name, version } = manifest
      return name === undefined || version === undefined
        ? []
        : [[name, { name, path, manifest: { ...manifest, name, version } }]]
    }),
  )
}

/**
 * Finds the folder packages of roots: the members of the workspace, and what `path:` leads to, including those that
 * other folder packages depend on.
 * @param root the folder of the project or workspace
 */
export function findFolderPackages(root: string, roots: Roots): Map<PackageName, FolderPackage> {
  const found = memberPackages(roots)
  const waiting = roots.flatMap(({ path: at, manifest }) =>
    [...manifest.dependencies, ...manifest.devDependencies].map((dependency) => ({
      dependency,
      from: path.join(root, at),
    })),
  )
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { dependency, from } = next
    const written = requirementPath(dependency.requirement)
    if (written === null) continue
    const folder = path.resolve(from, written)
    const relative = path.relative(root, folder).split(path.sep).join('/') || '.'
    const known = found.get(dependency.name)
    if (known?.path === relative) continue
    if (known) {
      throw new CpmError(
        'MANIFEST_INVALID',
        `${dependency.name} has two different folders: ${known.path} and ${relative}`,
      )
    }
    const read = readFolderPackage(dependency, folder, relative)
    found.set(dependency.name, { name: dependency.name, path: relative, manifest: read })
    waiting.push(...read.dependencies.map((inner) => ({ dependency: inner, from: folder })))
  }
  return found
}

function readFolderPackage({ name }: Dependency, folder: string, relative: string): PackageManifest {
  const text = readManifestBytes(folder)
  const { manifest } = requireManifest(
    checkPackageManifest(`${relative}/${MANIFEST_FILE}`, text, { unknownKeys: 'tolerate' }),
  )
  if (manifest.name === name) return manifest
  throw new CpmError('MANIFEST_INVALID', `${relative} contains the package ${manifest.name}, not ${name}`)
}

/** The resolver only knows versions, so a requirement of a folder becomes the exact version in that folder. */
export function asRange(dependency: Dependency, folders: ReadonlyMap<PackageName, FolderPackage>): Dependency {
  const folder = folders.get(dependency.name)
  return requirementPath(dependency.requirement) !== null && folder
    ? { ...dependency, requirement: `=${folder.manifest.version}` }
    : dependency
}

/** Wraps a source so that each folder package is the only version of its name. */
export function withFolders(source: PackageSource, folders: ReadonlyMap<PackageName, FolderPackage>): PackageSource {
  return {
    async read(names) {
      const elsewhere = names.filter((name) => !folders.has(name))
      const documents = new Map(elsewhere.length > 0 ? await source.read(elsewhere) : [])
      for (const name of names) {
        const folder = folders.get(name)
        if (folder) documents.set(name, toDocument(folder, folders))
      }
      return documents
    },
  }
}

function toDocument(
  { name, manifest }: FolderPackage,
  folders: ReadonlyMap<PackageName, FolderPackage>,
): PackageDocument {
  const { version, features, conditions } = manifest
  const dependencies = manifest.dependencies.map((dependency) => asRange(dependency, folders))
  return { name, candidates: [{ version, dependencies, features, conditions, yanked: false }] }
}

export function lockedFolder({ path, manifest: { version, dependencies } }: FolderPackage): LockedFolder {
  return { path, version, dependencies: writeDependencies(dependencies) }
}
