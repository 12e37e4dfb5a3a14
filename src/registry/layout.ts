import path from 'node:path'
import { bareName, type PackageName } from '../schema/name.ts'
import type { Version } from '../schema/version.ts'

/**
 * The layout of a registry, as keys separated by `/`, the same in a folder and below a URL. A scope is its own segment.
 * Names and versions are validated types, so a key can't lead out of its registry.
 */
export const CONFIG_KEY = 'config.json'

export function indexKey(name: PackageName): string {
  return `index/${name}`
}

export function ownersKey(name: PackageName): string {
  return `keys/${name}`
}

export function archiveKey(name: PackageName, version: Version): string {
  return `packages/${name}/${version}/${bareName(name)}-${version}.cpm`
}

export function envelopeKey(name: PackageName, version: Version): string {
  return `packages/${name}/${version}/${bareName(name)}-${version}.dsse`
}

/** Where publications stage their files. The name has a dot, so no reader of the registry asks for it. */
export function stagingFolder(registry: string): string {
  return path.join(registry, '.staging')
}
